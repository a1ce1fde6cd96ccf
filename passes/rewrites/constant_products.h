// Products with a constant matrix, and new products with some of its rows or columns.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "graph/graph.h"

namespace tpuscope {

/// Some of the places along an axis: `count` of them from `first` on, each `step` after the one
/// before.
struct Places {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t step = 1;

  std::int64_t at(std::int64_t i) const { return first + i * step; }
};

/// Whether `id` is a product of one constant matrix, with a constant bias or none.
bool has_constant_matrix(const Graph& graph, OpId id);

/// Axis of the second operand of such a product along which its result's columns lie.
std::size_t column_axis(const Op& product);

/// A constant of those places of `weight` along `axis`, beside `near`.
Value places_of(Graph& graph, OpId near, Value weight, std::size_t axis, const Places& places,
                std::string_view made_by);

}  // namespace tpuscope
