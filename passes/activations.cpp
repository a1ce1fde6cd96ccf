// One op for another.

#include "passes/activations.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tpuscope {

bool is_smooth_activation(const Op& op) {
  constexpr std::array<std::string_view, 8> kSmooth = {"Silu", "Gelu", "Mish", "HardSwish",
                                                       "Elu",  "Celu", "Selu", "Softplus"};
  return std::find(kSmooth.begin(), kSmooth.end(), op.def->name) != kSmooth.end();
}

std::size_t replace_activations(Graph& graph) {
  std::size_t count = 0;
  for (const OpId id : graph.topological_order()) {
    if (!is_smooth_activation(graph[id])) continue;
    const Op op = graph[id];
    const OpId relu = graph.add_checked({.type = "Relu", .name = op.name, .origin = op.origin},
                                        {op.inputs.front()}, &id);
    graph.replace_uses({id}, {relu});
    graph.erase(id);
    graph.set_name(relu, op.name);
    graph.set_result_name({relu}, op.results.front().name);
    ++count;
  }
  return count;
}

}  // namespace tpuscope
