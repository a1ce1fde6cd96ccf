// Times are picoseconds and sizes bytes, as the names say.

#include "python/native/run_tables.h"

#include <array>
#include <string>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/tiling/plan.h"
#include "sim/engine/timeline.h"

namespace tpuscope::python {
namespace {

std::int64_t index_or_none(std::uint32_t index) {
  return index == kNone ? -1 : static_cast<std::int64_t>(index);
}

std::string_view name_of_reason(WaitReason reason) {
  constexpr std::array<std::string_view, 5> kNames = {"nothing", "dependency", "launch", "core",
                                                      "layer"};
  return kNames.at(static_cast<std::size_t>(reason));
}

/// Why a group ends: the decision's kind and its clause; empty where nothing follows.
const DecisionRow* end_of(const GroupRow& group, const Report& report) {
  return group.end < report.decisions.size() ? &report.decisions[group.end] : nullptr;
}

void add_costs(Table& table, const std::vector<Command>& commands) {
  table.add("initial_cycles", commands, [](const Command& of) { return of.cost.initial; });
  table.add("useful_cycles", commands, [](const Command& of) { return of.cost.useful; });
  table.add("padding_cycles", commands, [](const Command& of) { return of.cost.padding; });
  table.add("conflict_cycles", commands, [](const Command& of) { return of.cost.conflict; });
  table.add("bytes", commands, [](const Command& of) { return of.bytes; });
  table.add("ddr_read_bytes", commands, [](const Command& of) { return of.ddr_read; });
  table.add("ddr_write_bytes", commands, [](const Command& of) { return of.ddr_write; });
  table.add("useful_ops", commands, [](const Command& of) { return of.useful_ops; });
  table.add("issued_ops", commands, [](const Command& of) { return of.issued_ops; });
  table.add("local_address", commands, [](const Command& of) { return of.result.address; });
  table.add("local_bytes", commands, [](const Command& of) { return of.result.bytes; });
}

}  // namespace

Table ops_of(const Profile& profile) {
  Table table;
  const std::vector<OpRow>& ops = profile.report.ops;
  table.add("id", ops, [](const OpRow& op) { return op.op.index; });
  table.add("name", ops, [](const OpRow& op) { return sanitised_utf8(op.name); });
  table.add("type", ops, [](const OpRow& op) -> const std::string& { return op.type; });
  table.add("shape", ops, [](const OpRow& op) -> const std::string& { return op.shape; });
  table.add("group", ops, [](const OpRow& op) { return index_or_none(op.group); });
  table.add("origin", ops, [](const OpRow& op) { return sanitised_utf8(join(op.origin, ";")); });
  table.add("made_by", ops, [](const OpRow& op) -> const std::string& { return op.made_by; });
  table.add("bound", ops, [](const OpRow& op) { return text_of(op.waterfall.largest()).key; });
  table.add("blame_ps", ops, [](const OpRow& op) { return op.blame().value; });
  table.add("bdc_busy_ps", ops, [](const OpRow& op) { return op.bdc_busy.value; });
  table.add("gdma_busy_ps", ops, [](const OpRow& op) { return op.gdma_busy.value; });
  table.add("hidden_ps", ops, [](const OpRow& op) { return op.hidden.value; });
  table.add("transfer_bytes", ops, [](const OpRow& op) { return op.transfer_bytes; });
  table.add("ddr_bytes", ops, [](const OpRow& op) { return op.ddr_bytes; });
  table.add("useful_ops", ops, [](const OpRow& op) { return op.useful_ops; });
  table.add("issued_ops", ops, [](const OpRow& op) { return op.issued_ops; });
  table.add("commands", ops, [](const OpRow& op) { return op.commands; });
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const auto step = static_cast<Step>(i);
    table.add(std::string(text_of(step).key) + "_ps", ops,
              [step](const OpRow& op) { return op.waterfall[step].value; });
  }
  return table;
}

Table commands_of(const Profile& profile) {
  Table table;
  const std::vector<Command>& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  const auto time = [](Picoseconds of) { return of.value; };
  table.add("engine", commands, [](const Command& of) { return name_of(of.engine); });
  table.add("kind", commands, [](const Command& of) { return name_of(of.kind); });
  table.add("direction", commands, [](const Command& of) { return name_of(of.direction); });
  table.add("dtype", commands, [](const Command& of) { return name_of(of.dtype); });
  table.add("core", commands, [](const Command& of) { return of.core; });
  table.add("id", commands, [](const Command& of) { return of.id; });
  table.add("wait_id", commands, [](const Command& of) { return of.wait_id; });
  table.add("op", commands, [](const Command& of) { return index_or_none(of.op); });
  table.add("group", commands, [](const Command& of) { return index_or_none(of.group); });
  table.add("slice", commands, [](const Command& of) { return of.slice; });
  table.add("timestep", commands, [](const Command& of) { return of.timestep; });
  table.add("start_ps", timeline.start, time);
  table.add("end_ps", timeline.end, time);
  table.add("waited_ps", timeline.waited, time);
  table.add("waited_for", timeline.reason, name_of_reason);
  for (std::size_t axis = 0; axis < 4; ++axis) {
    table.add(std::string(1, "nchw"[axis]), commands,
              [axis](const Command& of) { return of.shape.at(axis); });
  }
  add_costs(table, commands);
  return table;
}

Table groups_of(const Profile& profile) {
  Table table;
  const Report& report = profile.report;
  const std::vector<GroupRow>& groups = report.groups;
  table.add("id", groups, [](const GroupRow& group) { return group.index; });
  table.add("type", groups, [](const GroupRow& group) { return name_of(group.type); });
  table.add("ops", groups, [](const GroupRow& group) { return group.ops.size(); });
  for (std::size_t axis = 0; axis < 5; ++axis) {
    table.add(fmt::format("{}_slices", "ncdhw"[axis]), groups,
              [axis](const GroupRow& group) { return group.secs.at(axis); });
  }
  table.add("slices", groups, [](const GroupRow& group) { return group.slice_count; });
  table.add("time_steps", groups, [](const GroupRow& group) { return group.rows; });
  table.add("peak_local_bytes_per_lane", groups,
            [](const GroupRow& group) { return group.peak_local_bytes; });
  table.add("estimate_ps", groups, [](const GroupRow& group) { return group.estimate.value; });
  table.add("blame_ps", groups, [](const GroupRow& group) { return group.blame.value; });
  table.add("end", groups, [&](const GroupRow& group) {
    const DecisionRow* end = end_of(group, report);
    return end == nullptr ? std::string_view() : name_of(end->kind);
  });
  table.add("end_reason", groups, [&](const GroupRow& group) {
    const DecisionRow* end = end_of(group, report);
    return end == nullptr ? std::string() : sanitised_utf8(end->text);
  });
  return table;
}

}  // namespace tpuscope::python
