// cancel_permutes: composes neighbouring permutes and drops what moves nothing.
//
// Why: on this machine a permute is a round trip through DDR. Exporters and other passes leave
// pairs that undo each other, orders that only move axes of extent 1, and chains that one permute
// does.
//
// How: for each Permute,
//   - whose order is the identity: its users read its operand;
//   - that moves only axes of extent 1: it becomes a Reshape, which is free;
//   - whose operand is another Permute: one Permute of the composed order reads that one's operand.
// Not when the first permute has other users and the composed order still moves data: both would
// have to run, as before, and nothing is gained.
//
// Example:  x -> P[0,2,1,3] -> P[0,2,1,3] -> y     becomes     x -> y

#include "graph/pass.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

bool simplify_cancel_permutes(Graph& graph, OpId id, const PassContext& context) {
  const Op op = graph[id];
  const Permutation order = order_of(op);
  if (order.is_identity()) {
    replace(graph, id, op.inputs[0]);
    context.count("identities dropped");
    return true;
  }
  if (order.is_reshape_of(graph.type(op.inputs[0]).shape)) {
    const Value reshaped =
        add_reshape(graph, op.inputs[0], op.results[0].type.shape, id, op, "cancel_permutes");
    replace(graph, id, reshaped);
    context.count("permutes turned into reshapes");
    return true;
  }
  const OpId first = op.inputs[0].op;
  if (!is_permute(graph[first])) {
    context.explain(op.name, "reads " + graph[first].name + ", no permute to join");
    return false;
  }
  const Value source = graph[first].inputs[0];
  const Permutation composed = order_of(graph[first]).then(order);
  const bool moves_data = !composed.is_reshape_of(graph.type(source).shape);
  if (moves_data && !graph.has_single_use({first})) {
    context.explain(op.name, "does not join " + graph[first].name + ", which has other users");
    return false;
  }
  context.explain(
      op.name, moves_data ? "joins " + graph[first].name : "cancels against " + graph[first].name);
  context.count(moves_data ? "permutes joined" : "pairs cancelled");
  replace(graph, id, add_permute(graph, source, composed, id, op, "cancel_permutes"));
  return true;
}

Result<bool> cancel_permutes(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId op : graph.topological_order()) {
    if (!graph[op].is_dead && is_permute(graph[op]))
      changed |= simplify_cancel_permutes(graph, op, context);
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = "cancel_permutes",
                            .summary = "compose permutes to identity, reshape or a single permute",
                            .stage = PassStage::kOptimise,
                            .order = 25,
                            .family = &kTransposeElimination,
                            .run = cancel_permutes}));

}  // namespace
}  // namespace tpuscope
