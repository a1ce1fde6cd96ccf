// Signatures of ops: see op_signature.h.

#include "passes/tiling/op_signature.h"

#include <algorithm>

#include "graph/queries.h"

namespace tpuscope {

OperandKinds operand_kinds(const Graph& graph, OpId id) {
  const Op& op = graph[id];
  OperandKinds kinds;
  constexpr std::size_t kBias = 2;
  const bool packs = packs_bias(*op.def, graph.view(id));
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    const Value value = op.inputs[i];
    const bool weight = is_weight(graph, value);
    const auto end = op.inputs.begin() + static_cast<std::ptrdiff_t>(i);
    const bool repeated = op.def->layout == LayoutRule::kElementwise &&
                          std::find(op.inputs.begin(), end, value) != end;
    kinds.weight.push_back(weight);
    const bool has_no_load = weight && (graph.type(value).elements() == 1 || (packs && i == kBias));
    kinds.immediate.push_back(has_no_load || repeated);
  }
  return kinds;
}

std::string signature_of(const Graph& graph, OpId id, const OperandKinds& kinds) {
  const Op& op = graph[id];
  std::string text(op.def->name);
  for (const auto& [name, value] : op.attributes.all()) {
    text += "|" + std::string(name) + "=" + attribute_text(value);
  }
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    text += ";" + type_text(graph.type(op.inputs[i]));
    text += kinds.immediate[i] ? "i" : kinds.weight[i] ? "w" : "a";
  }
  for (const Tensor& result : op.results)
    text += ">" + type_text(result.type);
  return text;
}

}  // namespace tpuscope
