// A switch of the compiler: two negations are none.

#include "graph/pass.h"

namespace tpuscope {
namespace {

Result<bool> drop_double_negations(Graph& graph, const PassContext& context) {
  bool changed = false;
  for (const OpId id : graph.topological_order()) {
    if (!graph[id].is("Neg")) continue;
    const OpId inner = graph[id].inputs[0].op;
    if (!graph[inner].is("Neg")) continue;
    graph.replace_uses({id}, graph[inner].inputs[0]);
    context.count("negations dropped", 2);
    changed = true;
  }
  if (changed) graph.erase_unused();
  return changed;
}

TPU_REGISTER(register_pass({.name = "double_negation",
                            .summary = "two negations in a row are none",
                            .order = 50,
                            .run = drop_double_negations}));

}  // namespace
}  // namespace tpuscope
