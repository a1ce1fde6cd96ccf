// Two plans as JSON: every group of the compiler and every op of either side.

#include "base/json_writer.h"
#include "base/text.h"
#include "base/writer.h"
#include "profiles/diff/plan_diff.h"

namespace tpuscope {
namespace {

void write_op_figures(JsonWriter& json, std::string_view key, const OpFigures& figures) {
  json.key(key);
  json.object([&] {
    json.member("bdc_commands", figures.commands[0]);
    json.member("gdma_commands", figures.commands[1]);
    json.member("read_bytes", figures.read);
    json.member("written_bytes", figures.written);
  });
}

std::string_view key_of(CompilerPlan::Figures figures) {
  switch (figures) {
    case CompilerPlan::Figures::kStream:
      return "stream";
    case CompilerPlan::Figures::kEstimate:
      return "estimate";
    case CompilerPlan::Figures::kUnknown:
      break;
  }
  return "none";
}

void write_reason(JsonWriter& json, const PlanReason& reason) {
  json.member("reason", reason.text);
  json.member("reason_op", reason.op);
}

void write_side(JsonWriter& json, std::string_view key, const GroupedOps& grouped,
                const OpFigures& total, std::optional<Picoseconds> time) {
  json.key(key);
  json.object([&] {
    json.member("groups", grouped.groups);
    json.member("ops_in_groups", grouped.ops);
    write_op_figures(json, "total", total);
    json.member("time_ps", time);
  });
}

void write_unit(JsonWriter& json, const PlanDiff& diff, const PlanUnitRow& row) {
  const RecordedUnit& unit = diff.theirs->units[row.unit];
  json.member("unit", row.unit);
  json.member("is_group", unit.is_group);
  json.list("ops", unit.ops, [&](const RecordedOp& op) { json.value(op.name); });
  json.member("slices", unit.slices);
  json.member("match", name_of(row.match));
  json.member("matched", row.matched);
  json.objects("groups_here", row.groups, [&](std::uint32_t index) {
    const Group& group = diff.ours->simulation.plan.groups[index];
    json.member("index", index);
    json.list("ops", group.ops(),
              [&](OpId op) { json.value(diff.ours->graph[op].results.front().name); });
    const LayerGroup* layers = group.layers();
    json.member("slices", layers == nullptr ? std::optional<SliceCounts>() : layers->secs);
  });
  write_reason(json, row.reason);
}

void write_plan_op(JsonWriter& json, const PlanOpRow& row) {
  json.member("op", row.op ? std::optional(row.name()) : std::nullopt);
  json.objects("compiler_ops", row.recorded, [&](const RecordedOp* op) {
    json.member("name", op->name);
    json.member("code", op->code);
  });
  write_op_figures(json, "tpuscope", row.ours);
  write_op_figures(json, "compiler", row.theirs);
  write_reason(json, row.reason);
}

void write_plan_json(const PlanDiff& diff, ByteSink& sink) {
  JsonWriter json(sink);
  json.object([&] {
    json.member("schema", 1);
    json.member("kind", "tpuscope.plan_diff");
    const Identity& identity = diff.ours->report.identity;
    json.member("model", sanitised_utf8(identity.source));
    json.member("chip", identity.chip);
    json.member("precision", name_of(identity.precision));
    json.member("compiler_plan", diff.theirs->source);
    json.member("compiler_figures", key_of(diff.theirs->figures));
    json.key("names");
    json.object([&] {
      json.member("ops", diff.names.ops);
      json.member("matched", diff.names.matched);
      json.member("casts", diff.names.casts);
      json.member("unmatched", diff.names.unmatched);
    });
    json.key("likeness");
    json.object([&] {
      json.member("neighbours", diff.likeness.neighbours);
      json.member("neighbours_alike", diff.likeness.alike);
      json.member("same_groups", diff.likeness.same_groups);
      json.member("same_slices", diff.likeness.same_slices);
    });
    write_side(json, "tpuscope", grouped_ops(*diff.ours), diff.our_total,
               diff.ours->report.summary.makespan);
    write_side(json, "compiler", grouped_ops(*diff.theirs), diff.theirs->total, diff.their_time);
    json.member("estimated_cycles", diff.our_estimate);
    json.member("compiler_estimated_cycles", diff.theirs->estimated_cycles);
    json.objects("units", diff.units, [&](const PlanUnitRow& row) { write_unit(json, diff, row); });
    json.objects("ops", diff.ops, [&](const PlanOpRow& row) { write_plan_op(json, row); });
  });
  json.finish("\n");
}

TPU_REGISTER(register_writer<PlanDiff>({.name = "json",
                                        .summary = "every group and op, for programs",
                                        .signature = "\"kind\":\"tpuscope.plan_diff",
                                        .write = write_plan_json}));

}  // namespace
}  // namespace tpuscope
