// Tensors that leave the chip only to come back: results that no Output needs are stored, and
// loaded again by the op that reads them.

#include <set>
#include <string>

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

/// Which ops touch the network's own inputs and outputs, directly or through ops that emit nothing.
struct Border {
  std::set<std::uint32_t> reads_input{};
  std::set<std::uint32_t> feeds_output{};
};

Border border_of(const Profile& profile) {
  const Graph& graph = profile.graph;
  std::vector<bool> works(graph.size(), false);
  for (const OpRow& op : profile.report.ops)
    works[op.op.index] = true;
  const std::vector<OpId> order = graph.topological_order();
  Border border;
  for (const OpId op : order) {
    bool from_input = graph[op].is("Input");
    for (const Value& value : graph[op].inputs)
      from_input =
          from_input || (border.reads_input.contains(value.op.index) && !works[value.op.index]);
    if (from_input) border.reads_input.insert(op.index);
  }
  for (auto at = order.rbegin(); at != order.rend(); ++at) {
    bool to_output = graph[*at].is("Output");
    for (const Use& use : graph.uses(*at))
      to_output = to_output || (border.feeds_output.contains(use.op.index) && !works[use.op.index]);
    if (to_output) border.feeds_output.insert(at->index);
  }
  return border;
}

/// "62 intermediate tensors spill to DDR and are reloaded": those that ops store, each op one.
std::string spilled_tensors(const Profile& profile, const Border& border) {
  std::set<std::uint32_t> spilled;
  for (const Command& command : profile.simulation.program.commands) {
    if (command.kind != CommandKind::kStore || border.feeds_output.contains(command.op)) continue;
    spilled.insert(command.op);
  }
  if (spilled.empty()) return "intermediate tensors that were copied in DDR are loaded from it";
  if (spilled.size() == 1) return "an intermediate tensor spills to DDR and is reloaded";
  return fmt::format("{} intermediate tensors spill to DDR and are reloaded", spilled.size());
}

std::vector<Finding> find_ddr_round_trip(const Profile& profile, const Chip&) {
  const Border border = border_of(profile);
  Loss loss = loss_of(profile, [&](const Charge& charge, const Command& command) {
    const bool returns =
        (command.kind == CommandKind::kLoad && !border.reads_input.contains(command.op)) ||
        (command.kind == CommandKind::kStore && !border.feeds_output.contains(command.op));
    return charge.kind == ChargeKind::kTransfer && returns ? charge.length() : Picoseconds{};
  });
  return {{.message = spilled_tensors(profile, border),
           .remedy = "layer groups keep them in local memory",
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule(
    {.name = "ddr_round_trip",
     .summary = "results stored and loaded again; cost: those transfers that nothing hides",
     .find = find_ddr_round_trip,
     .explains = Step::kExposedLoad}));

}  // namespace
}  // namespace tpuscope
