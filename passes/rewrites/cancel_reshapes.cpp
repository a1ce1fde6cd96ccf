// cancel_reshapes: composes neighbouring views and drops what changes no shape.
//
// Why: a view costs nothing by itself, but one that changes the first two axes ends a layer group,
// and the ops on its two sides meet in DDR. Exporters write window partition and reverse as
// reshapes and a permute; where there is one window, the permute is a reshape too, and the chain of
// views leads back to the shape that it began with.
//
// How: for each view (Reshape, Squeeze, Unsqueeze),
//   - whose result has its operand's shape: its users read its operand;
//   - whose operand is another view: one Reshape reads that one's operand, or nothing is left of
//     both when the shape is that of the beginning.
// Not when the first view has other users and the shape is another one: both would stay.
//
// Example:  x[1,49,768] -> Reshape [1,7,7,768] -> Reshape [1,49,768] -> y     becomes     x -> y

#include "graph/pass.h"
#include "passes/rewrites/families.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {
namespace {

constexpr std::string_view kCancelReshapesName = "cancel_reshapes";

bool is_view_cancel_reshapes(const Op& op) {
  return op.def->layout == LayoutRule::kView;
}

bool simplify_cancel_reshapes(Graph& graph, OpId id, const PassContext& context) {
  const Op op = graph[id];
  const Shape shape = op.results[0].type.shape;
  if (graph.type(op.inputs[0]).shape == shape) {
    replace(graph, id, op.inputs[0]);
    context.count("views dropped");
    return true;
  }
  const OpId first = op.inputs[0].op;
  if (!is_view_cancel_reshapes(graph[first])) return false;
  const Value source = graph[first].inputs[0];
  const bool vanishes = graph.type(source).shape == shape;
  if (!vanishes && !graph.has_single_use({first})) return false;
  context.count(vanishes ? "pairs of views cancelled" : "views joined");
  replace(graph, id, add_reshape(graph, source, shape, id, op, kCancelReshapesName));
  return true;
}

Result<bool> cancel_reshapes(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId op : graph.topological_order()) {
    if (!graph[op].is_dead && is_view_cancel_reshapes(graph[op]))
      changed |= simplify_cancel_reshapes(graph, op, context);
  }
  return changed;
}

TPU_REGISTER(register_pass({.name = kCancelReshapesName,
                            .summary = "compose views to nothing or to a single reshape",
                            .stage = PassStage::kOptimise,
                            .order = 26,
                            .family = &kTransposeElimination,
                            .run = cancel_reshapes}));

}  // namespace
}  // namespace tpuscope
