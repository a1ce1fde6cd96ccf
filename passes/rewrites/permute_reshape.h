// What a reshape keeps whole of a shape, and exchanging a permute with the reshape after it.

#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "graph/permutation.h"

namespace tpuscope {

/// Axes [old_begin, old_end) of one shape hold the same elements as [new_begin, new_end) of
/// another.
struct AxisBlock {
  std::size_t old_begin = 0;
  std::size_t old_end = 0;
  std::size_t new_begin = 0;
  std::size_t new_end = 0;
};

/// The finest common blocks of two shapes with the same number of elements; empty when they differ
/// in that number, or have no elements.
std::vector<AxisBlock> common_blocks(const Shape& a, const Shape& b);

/// A reshape to `shape` followed by a permute of `order`.
struct ReshapeThenPermute {
  Shape shape{};
  Permutation order = Permutation::identity(0);
};

/// The same function as a permute of `order` (whose result has shape `permuted`) followed by a
/// reshape to `reshaped`, in the other sequence. Exists when each axis of `permuted` is split, or
/// axes that are neighbours before and after the permute are merged; otherwise empty.
std::optional<ReshapeThenPermute> commute(const Permutation& order, const Shape& permuted,
                                          const Shape& reshaped);

}  // namespace tpuscope
