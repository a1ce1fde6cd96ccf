// One line per group, loop, timestep row and buffer.

#include "tests/support/plan_text.h"

#include <vector>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope::testing {
namespace {

std::string name_of_value(const Graph& graph, Value value) {
  return graph[value.op].results[value.result].name;
}

std::string names_text(const Graph& graph, const std::vector<OpId>& ops) {
  std::string text;
  for (const OpId op : ops)
    text += fmt::format(" {}", graph[op].name);
  return text;
}

std::string transfers_text(const Graph& graph, const std::vector<RowTransfer>& transfers) {
  std::string text;
  for (const RowTransfer& transfer : transfers) {
    text += fmt::format(" {}[{}{}]", name_of_value(graph, transfer.value), transfer.stage,
                        transfer.is_resident ? " held" : "");
  }
  return text;
}

std::string buffer_text(const Graph& graph, const LocalBuffer& buffer) {
  static constexpr const char* kKinds[] = {"activation", "weight", "scratch"};
  std::string text =
      fmt::format("  buffer {} {} at {}-{}{}:", kKinds[static_cast<std::size_t>(buffer.kind)],
                  name_of_value(graph, buffer.value), buffer.first, buffer.last,
                  buffer.is_resident ? " held" : "");
  for (const LocalRange& range : buffer.ranges)
    text += fmt::format(" {}+{}", range.address, range.bytes);
  return text + "\n";
}

std::string group_text(const Graph& graph, std::size_t index, const Group& group) {
  std::string text;
  if (group.ops.size() == 1) {
    text = fmt::format("{} alone:{}\n", index, names_text(graph, group.ops));
    text += fmt::format("  shape {}, pieces {}", list_text(group.shape), group.pieces);
  } else {
    text = fmt::format("{} group:{}\n", index, names_text(graph, group.ops));
    text += fmt::format("  type {}, slices {}", name_of(group.type), list_text(group.secs));
  }
  text += fmt::format(", cores {}, estimate {} ps\n", group.cores, group.estimate.value);
  for (const SliceLoop& loop : group.loops)
    text += fmt::format("  loop axis {}: {} x {}\n", loop.axis, loop.count, loop.extent);
  for (std::size_t row = 0; row < group.rows.size(); ++row) {
    text += fmt::format(
        "  row {}: load{}; compute{}; store{}\n", row, transfers_text(graph, group.rows[row].loads),
        names_text(graph, group.rows[row].computes), transfers_text(graph, group.rows[row].stores));
  }
  for (const LocalBuffer& buffer : group.buffers)
    text += buffer_text(graph, buffer);
  return text;
}

std::string decision_text(const Graph& graph, const GroupDecision& decision) {
  static constexpr const char* kKinds[] = {"no local form", "does not fit", "costs more", "limit"};
  return fmt::format("cut before {}: {}; rule \"{}\", \"{}\", {} bytes, {} ps\n",
                     graph[decision.op].name, kKinds[static_cast<std::size_t>(decision.kind)],
                     decision.rule, decision.text, decision.bytes, decision.cost.value);
}

}  // namespace

std::string plan_text(const Graph& graph, const Plan& plan) {
  std::string text;
  for (std::size_t g = 0; g < plan.groups.size(); ++g)
    text += group_text(graph, g, plan.groups[g]);
  for (const GroupDecision& decision : plan.decisions)
    text += decision_text(graph, decision);
  if (plan.overlaps_groups) text += "neighbouring groups overlap\n";
  return text;
}

}  // namespace tpuscope::testing
