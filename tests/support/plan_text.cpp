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

std::string single_text(const Graph& graph, const Group& part, const SingleOp& alone) {
  std::string text = fmt::format(" alone: {}\n  shape {}, pieces {}, cores {}, estimate {} ps\n",
                                 graph[alone.op].name, list_text(alone.shape), alone.pieces,
                                 part.cores, part.estimate.value);
  for (const SliceLoop& loop : alone.loops)
    text += fmt::format("  loop axis {}: {} x {}\n", loop.axis, loop.count, loop.extent);
  for (const LocalBuffer& buffer : alone.operands)
    text += buffer_text(graph, buffer);
  for (const LocalBuffer& buffer : alone.results)
    text += buffer_text(graph, buffer);
  if (!alone.scratch.ranges.empty()) text += buffer_text(graph, alone.scratch);
  return text;
}

std::string layers_text(const Graph& graph, const Group& part, const LayerGroup& group) {
  std::string text = fmt::format(" group:{}\n  type {}, slices {}, cores {}, estimate {} ps\n",
                                 names_text(graph, group.ops), name_of(group.type),
                                 list_text(group.secs), part.cores, part.estimate.value);
  for (std::size_t row = 0; row < group.rows.size(); ++row) {
    text += fmt::format(
        "  row {}: load{}; compute{}; store{}\n", row, transfers_text(graph, group.rows[row].loads),
        names_text(graph, group.rows[row].computes), transfers_text(graph, group.rows[row].stores));
  }
  for (const LocalBuffer& buffer : group.buffers)
    text += buffer_text(graph, buffer);
  return text;
}

std::string group_text(const Graph& graph, std::size_t index, const Group& part) {
  const LayerGroup* group = part.layers();
  return std::to_string(index) + (group != nullptr ? layers_text(graph, part, *group)
                                                   : single_text(graph, part, *part.single()));
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
