// Einsum: import only, for what transformers write with it: one operand whose axes change place, or
// two operands as a batched matrix product between permutes and reshapes. Equations that sum over
// one operand alone or walk a diagonal are refused.

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

struct Equation {
  std::vector<std::string> operands{};
  std::string result{};
};

/// "ij,jk->ik" in its parts; without an arrow, the labels that occur once in alphabetical order.
Result<Equation> parse_equation(std::string text) {
  std::erase(text, ' ');
  Equation equation;
  const std::size_t arrow = text.find("->");
  std::string labels = text.substr(0, arrow);
  std::size_t comma = 0;
  while ((comma = labels.find(',')) != std::string::npos) {
    equation.operands.push_back(labels.substr(0, comma));
    labels.erase(0, comma + 1);
  }
  equation.operands.push_back(labels);
  const std::string all = join(equation.operands, "");
  if (arrow != std::string::npos) {
    equation.result = text.substr(arrow + 2);
  } else {
    for (const char label : all) {
      if (std::count(all.begin(), all.end(), label) == 1) equation.result += label;
    }
    std::sort(equation.result.begin(), equation.result.end());
  }
  const auto plain = [](const std::string& part) {
    return std::all_of(part.begin(), part.end(), [&part](char label) {
      const bool letter = (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z');
      return letter && std::count(part.begin(), part.end(), label) == 1;
    });
  };
  const bool known = std::all_of(equation.result.begin(), equation.result.end(),
                                 [&all](char c) { return all.find(c) != std::string::npos; });
  if (!known || !plain(equation.result) ||
      !std::all_of(equation.operands.begin(), equation.operands.end(), plain)) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("equation {} is not supported", in_quotes(text)),
                 .hint = "each label once per operand, no ellipsis"};
  }
  return equation;
}

/// The labels of `from` that (do not) occur in `in`.
std::string shared(const std::string& from, const std::string& in, bool wanted = true) {
  std::string labels;
  for (const char label : from) {
    if ((in.find(label) != std::string::npos) == wanted) labels += label;
  }
  return labels;
}

Result<Value> permuted(OnnxNode& node, Value x, const std::string& from, const std::string& to) {
  if (from == to) return x;
  IntList order;
  for (const char label : to)
    order.push_back(static_cast<std::int64_t>(from.find(label)));
  return node.add("Permute", {{"order", order}}, {x});
}

Result<Value> reshaped(OnnxNode& node, Value x, const Shape& shape) {
  if (node.graph().type(x).shape == shape) return x;
  return node.add("Reshape", {{"shape", shape}}, {x});
}

Result<Value> product(OnnxNode& node, const Equation& equation) {
  const std::string& left = equation.operands[0];
  const std::string& right = equation.operands[1];
  const std::string both = shared(left, right);
  const std::string batch = shared(both, equation.result);
  const std::string inner = shared(both, equation.result, false);
  const std::string rows = shared(left, right, false);
  const std::string columns = shared(right, left, false);
  if (shared(rows + columns, equation.result, false) != "") {
    return unsupported(node, "a sum over one operand alone");
  }
  TPU_TRY(Value a, permuted(node, *node.inputs[0], left, batch + rows + inner));
  TPU_TRY(Value b, permuted(node, *node.inputs[1], right, batch + inner + columns));
  const Shape a_shape = node.graph().type(a).shape;
  const Shape b_shape = node.graph().type(b).shape;
  const std::size_t row_end = batch.size() + rows.size();
  const std::size_t inner_end = batch.size() + inner.size();
  for (std::size_t i = 0; i < both.size(); ++i) {
    const std::int64_t x = a_shape[i < batch.size() ? i : i + rows.size()];
    if (x != b_shape[i]) {
      return Error{.message = fmt::format("label {} stands for {} and for {}",
                                          i < batch.size() ? batch[i] : inner[i - batch.size()], x,
                                          b_shape[i])};
    }
  }
  const Shape batch_shape(a_shape.begin(),
                          a_shape.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  Shape a_matrix = batch_shape;
  a_matrix.push_back(element_count(a_shape, batch.size(), row_end));
  a_matrix.push_back(element_count(a_shape, row_end, a_shape.size()));
  Shape b_matrix = batch_shape;
  b_matrix.push_back(element_count(b_shape, batch.size(), inner_end));
  b_matrix.push_back(element_count(b_shape, inner_end, b_shape.size()));
  TPU_TRY(a, reshaped(node, a, a_matrix));
  TPU_TRY(b, reshaped(node, b, b_matrix));
  TPU_TRY(Value y, node.add("MatMul", {}, {a, b}));
  Shape shape(a_shape.begin(), a_shape.begin() + static_cast<std::ptrdiff_t>(row_end));
  shape.insert(shape.end(), b_shape.begin() + static_cast<std::ptrdiff_t>(inner_end),
               b_shape.end());
  TPU_TRY(y, reshaped(node, y, shape));
  return permuted(node, y, batch + rows + columns, equation.result);
}

OnnxValues translate_einsum(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  TPU_TRY(const Equation equation, parse_equation(node.text("equation", "")));
  if (equation.operands.size() != inputs.size() || inputs.size() > 2) {
    return unsupported(
        node, fmt::format("{} operands for {} terms", inputs.size(), equation.operands.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (node.graph().type(inputs[i]).rank() != equation.operands[i].size()) {
      return Error{.message = fmt::format(
                       "term {} has {} labels for {}", in_quotes(equation.operands[i]),
                       equation.operands[i].size(), type_text(node.graph().type(inputs[i])))};
    }
  }
  if (inputs.size() == 2) return single(product(node, equation));
  if (equation.result.size() != equation.operands[0].size()) {
    return unsupported(node, "a sum over one operand alone");
  }
  return single(permuted(node, inputs[0], equation.operands[0], equation.result));
}

TPU_REGISTER(register_onnx("Einsum", translate_einsum));

}  // namespace
}  // namespace tpuscope
