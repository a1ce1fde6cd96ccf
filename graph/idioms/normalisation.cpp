// Matching of row means, squares and inverse square roots in the spellings that exporters use.

#include "graph/idioms/normalisation.h"

#include <algorithm>

#include "graph/idioms/weights.h"

namespace tpuscope {
namespace {

/// variance + epsilon, the operand of the square root `value`.
bool match_root(const Graph& graph, Value value, double exponent, Quotient& quotient) {
  const Op& op = graph[value.op];
  const bool power = op.is("Pow") && is_scalar(graph, op.inputs[1], exponent);
  const bool root = exponent > 0 ? op.is("Sqrt") : op.is("Rsqrt");
  if (!power && !root) return false;
  const std::optional<Offset> sum = as_offset(graph, op.inputs[0]);
  if (!sum || sum->offset < 0) return false;
  quotient.variance = sum->base;
  quotient.epsilon = sum->offset;
  quotient.ops.insert(quotient.ops.end(), {value.op, sum->op});
  return true;
}

/// 1 / sqrt(variance + epsilon).
bool match_inverse_root(const Graph& graph, Value value, Quotient& quotient) {
  if (match_root(graph, value, -0.5, quotient)) return true;
  const Op& op = graph[value.op];
  const bool inverse = op.is("Reciprocal") || (op.is("Div") && is_scalar(graph, op.inputs[0], 1));
  if (!inverse || !match_root(graph, op.inputs.back(), 0.5, quotient)) return false;
  quotient.ops.push_back(value.op);
  return true;
}

/// Whether a constant of this shape has one element for each element of a row, in the row's order:
/// the row's extents where axes are aligned at the last one, as broadcasting does it, and 1 before.
/// The number of elements does not decide: [n,1] is one number per row of [n,n].
bool is_one_row(const Shape& given, const Shape& row) {
  const std::size_t most = std::max(given.size(), row.size());
  const auto extent = [&](const Shape& shape, std::size_t from_last) {
    return from_last < shape.size() ? shape[shape.size() - 1 - from_last] : 1;
  };
  for (std::size_t i = 0; i < most; ++i) {
    if (extent(given, i) != extent(row, i)) return false;
  }
  return true;
}

}  // namespace

std::optional<RowMean> as_row_mean(const Graph& graph, Value value) {
  const Op* op = producer(graph, value, "Reduce");
  if (op == nullptr || op->attributes.text("mode") != "mean" || !op->attributes.flag("keepdims")) {
    return std::nullopt;
  }
  const auto rank = static_cast<std::int64_t>(graph.type(op->inputs[0]).rank());
  std::vector<std::int64_t> axes = op->attributes.integers("axes");
  for (std::int64_t& axis : axes)
    axis = axis < 0 ? axis + rank : axis;
  std::sort(axes.begin(), axes.end());
  const auto folded = static_cast<std::int64_t>(axes.size());
  const std::int64_t first = axes.empty() ? 0 : rank - folded;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] != first + static_cast<std::int64_t>(i)) return std::nullopt;
  }
  if (rank == 0) return std::nullopt;
  return RowMean{op->inputs[0], static_cast<std::size_t>(first)};
}

std::optional<Value> as_square(const Graph& graph, Value value) {
  const Op& op = graph[value.op];
  const bool power = op.is("Pow") && is_scalar(graph, op.inputs[1], 2);
  const bool product = op.is("Mul") && op.inputs.size() == 2 && op.inputs[0] == op.inputs[1];
  return power || product ? std::optional(op.inputs[0]) : std::nullopt;
}

std::optional<Quotient> as_quotient(const Graph& graph, OpId root) {
  const Op& op = graph[root];
  Quotient quotient{.numerator = op.inputs.at(0), .variance = {}, .epsilon = 0, .ops = {root}};
  if (op.is("Div") && match_root(graph, op.inputs[1], 0.5, quotient)) return quotient;
  if (!op.is("Mul")) return std::nullopt;
  for (const std::size_t at : {1U, 0U}) {
    quotient.numerator = op.inputs[1 - at];
    if (match_inverse_root(graph, op.inputs[at], quotient)) return quotient;
  }
  return std::nullopt;
}

std::optional<RowConstant> row_constant_after(Graph& graph, Value value, std::string_view type,
                                              std::size_t axis, std::string_view made_by) {
  const std::vector<Use> uses = graph.uses(value);
  if (uses.size() != 1 || !graph[uses[0].op].is(type)) return std::nullopt;
  const Value other = graph[uses[0].op].inputs.at(1 - uses[0].operand);
  const Shape shape = graph.type(value).shape;
  const Shape row(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
  const TensorType& given = graph.type(other);
  if (!is_weight(graph, other) || given.dtype != graph.type(value).dtype ||
      !is_one_row(given.shape, row)) {
    return std::nullopt;
  }
  return RowConstant{uses[0].op, reshaped_weight(graph, uses[0].op, other, row, made_by)};
}

}  // namespace tpuscope
