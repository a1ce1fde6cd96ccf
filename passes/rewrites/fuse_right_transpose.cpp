// fuse_right_transpose: a permute of the last two axes of a MatMul's right operand becomes
// the MatMul's right_transpose flag.
//
// Why: the matrix unit reads its right operand by rows or by columns at the same rate, so the
// transpose of the keys in q * k^T costs nothing there and a round trip through DDR as a permute.
//
// How: for each MatMul whose right operand comes from a Permute that swaps exactly the last two
// axes, read the Permute's operand and toggle the flag. The Permute goes when it has no other user.
// Not when
//   - the operand layout is [B0,M,B1,K] (hdim_is_batch): the last two axes are not the matrix;
//   - the result would be a transposed left and a straight right operand, a form that the matrix
//     unit does not have.
//
// Example:  k -> P[0,1,3,2] -> MatMul(q, .)     becomes     MatMul(q, k) right_transpose=true

#include "graph/pass.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

bool fuse_fuse_right_transpose(Graph& graph, OpId id, const PassContext& context) {
  const Op& op = graph[id];
  const OpId producer = op.inputs[1].op;
  if (!is_permute(graph[producer])) return false;
  const Permutation order = order_of(graph[producer]);
  if (order.rank() < 2 || order != last_two_swapped(order.rank())) {
    context.explain(graph[producer].name, "moves other axes than the last two of " + op.name);
    return false;
  }
  if (op.attributes.flag("hdim_is_batch")) {
    context.explain(graph[producer].name, op.name + " has its heads between the matrix axes");
    return false;
  }
  const bool transposed = !op.attributes.flag("right_transpose");
  if (op.attributes.flag("left_transpose") && !transposed) {
    context.explain(graph[producer].name,
                    op.name + " has a transposed left operand and needs a transposed right one");
    return false;
  }
  context.explain(graph[producer].name, "becomes right_transpose of " + op.name);
  Attributes attributes = op.attributes;
  attributes.set("right_transpose", transposed);
  graph.set_input(id, 1, graph[producer].inputs[0]);
  const Status status = graph.set_attributes(id, std::move(attributes));
  TPU_CHECK(status.ok(), "{}", status.error().message);
  erase_dead_chain(graph, producer);
  context.count("permutes fused");
  return true;
}

Result<bool> fuse_right_transpose(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId op : graph.topological_order()) {
    if (!graph[op].is_dead && graph[op].is("MatMul"))
      changed |= fuse_fuse_right_transpose(graph, op, context);
  }
  return changed;
}

TPU_REGISTER(
    register_pass({.name = "fuse_right_transpose",
                   .summary = "fold a permute of the last two axes in a MatMul's right operand",
                   .stage = PassStage::kOptimise,
                   .order = 20,
                   .family = &kTransposeElimination,
                   .run = fuse_right_transpose}));

}  // namespace
}  // namespace tpuscope
