// Signatures of ops: see op_signature.h.

#include "passes/tiling/op_signature.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

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

namespace {

// Numbers as their bytes and lengths before what is of any length: no two ops run together. Digits
// would take three times as long, and a study asks for the signature of every op of every variant.

void append(std::string& to, std::int64_t number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& to, double number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append(std::string& to, bool flag) {
  to += flag ? '1' : '0';
}

void append(std::string& to, std::string_view text) {
  append(to, static_cast<std::int64_t>(text.size()));
  to += text;
}

template <typename Number>
void append(std::string& to, const std::vector<Number>& numbers) {
  append(to, static_cast<std::int64_t>(numbers.size()));
  for (const Number number : numbers)
    append(to, number);
}

void append(std::string& to, const TensorType& type) {
  to += static_cast<char>(type.dtype);
  append(to, type.shape);
}

}  // namespace

std::string signature_of(const Graph& graph, OpId id, const OperandKinds& kinds) {
  const Op& op = graph[id];
  std::string text;
  constexpr std::size_t kTypicalBytes = 400;
  text.reserve(kTypicalBytes);
  append(text, op.def->name);
  append(text, static_cast<std::int64_t>(op.attributes.all().size()));
  for (const auto& [name, value] : op.attributes.all()) {
    append(text, std::string_view(name));
    text += static_cast<char>(kind_of(value));
    std::visit([&](const auto& held) { append(text, held); }, value);
  }
  append(text, static_cast<std::int64_t>(op.inputs.size()));
  for (std::size_t i = 0; i < op.inputs.size(); ++i) {
    append(text, graph.type(op.inputs[i]));
    text += kinds.immediate[i] ? 'i' : kinds.weight[i] ? 'w' : 'a';
  }
  append(text, static_cast<std::int64_t>(op.results.size()));
  for (const Tensor& result : op.results)
    append(text, result.type);
  return text;
}

}  // namespace tpuscope
