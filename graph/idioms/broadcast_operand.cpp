// Broadcast operands: an op that broadcasts needs no copies of its operand.
//
// Why: torch writes x / x.norm(...).expand_as(x) and masks with all their heads, so that a tensor
// of one column is stored and loaded as many times as it has copies. Structure: an elementwise op
// with an Expand as an operand. Conditions: with the Expand's own operand in its place the op's
// result has the same type.
//
//   e = Expand(n[8,1]) shape=[8,32]  y = Div(x[8,32], e)   becomes   y = Div(x, n)

#include "graph/idioms/match.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// Drops one Expand before the op, if that leaves its result as it is.
bool drop_expand(Graph& graph, OpId id) {
  for (std::size_t i = 0; i < graph[id].inputs.size(); ++i) {
    const Op* expand = producer(graph, graph[id].inputs[i], "Expand");
    if (expand == nullptr) continue;
    OpView view = graph.view(id);
    view.inputs[i] = graph.type(expand->inputs[0]);
    const auto results = graph[id].def->infer(view);
    if (!results.ok() || results->front() != graph[id].results[0].type) continue;
    graph.set_input(id, i, expand->inputs[0]);
    return true;
  }
  return false;
}

Result<bool> run_broadcast_operand(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    const bool broadcasts = op.def->layout == LayoutRule::kElementwise && op.inputs.size() > 1;
    if (op.is_dead || !broadcasts || op.results.size() != 1) continue;
    while (drop_expand(graph, id)) {
      context.count("copies of operands dropped");
      changed = true;
    }
  }
  if (changed) graph.erase_unused();
  return changed;
}

TPU_REGISTER(register_pass({.name = "broadcast_operand",
                            .summary = "drops copies of an operand that its op broadcasts itself",
                            .stage = PassStage::kImport,
                            .order = 7,
                            .run = run_broadcast_operand}));

}  // namespace
}  // namespace tpuscope
