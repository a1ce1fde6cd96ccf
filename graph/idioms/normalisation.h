// The parts that decomposed LayerNorm and RMSNorm share.

#pragma once

#include "graph/idioms/match.h"

namespace tpuscope {

/// A mean over all axes from `axis` on that keeps the rank.
struct RowMean {
  Value of{};
  std::size_t axis = 0;
};
std::optional<RowMean> as_row_mean(const Graph& graph, Value value);

/// d for d^2, written as Pow(d, 2) or Mul(d, d).
std::optional<Value> as_square(const Graph& graph, Value value);

/// numerator / sqrt(variance + epsilon), however the root is written. `ops` starts with `root`.
struct Quotient {
  Value numerator{};
  Value variance{};
  double epsilon = 0;
  MatchedOps ops{};
};
std::optional<Quotient> as_quotient(const Graph& graph, OpId root);

/// The only reader of `value` when it is of `type` with a Weight as the other operand that has one
/// element for each element of a row; its Weight is then put in the row's shape.
struct RowConstant {
  OpId op{};
  Value weight{};
};
std::optional<RowConstant> row_constant_after(Graph& graph, Value value, std::string_view type,
                                              std::size_t axis, std::string_view made_by);

}  // namespace tpuscope
