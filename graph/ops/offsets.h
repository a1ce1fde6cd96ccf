// The one loop of all kernels that walk tensors in step: broadcast operands, strided copies, tiles.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/shape.h"

namespace tpuscope {

/// Strides of `operand` seen from `result`, whose last axes it broadcasts along: 0 where repeated.
std::vector<std::int64_t> broadcast_strides(const Shape& operand, const Shape& result);

/// Calls `visit(offsets)` for every index within `extents`, last axis fastest, where offsets[k] is
/// first[k] plus the sum of index * strides[k]. Does nothing when an extent is 0.
template <std::size_t kStreams, typename Visit>
void for_each_offset(const Shape& extents,
                     const std::array<std::vector<std::int64_t>, kStreams>& strides,
                     std::array<std::int64_t, kStreams> first, Visit&& visit) {
  if (element_count(extents) == 0) return;
  if (extents.empty()) {
    visit(first);
    return;
  }
  const std::size_t last = extents.size() - 1;
  std::vector<std::int64_t> index(extents.size(), 0);
  std::array<std::int64_t, kStreams> row = first;
  while (true) {
    std::array<std::int64_t, kStreams> offsets = row;
    for (std::int64_t i = 0; i < extents[last]; ++i) {
      visit(static_cast<const std::array<std::int64_t, kStreams>&>(offsets));
      for (std::size_t k = 0; k < kStreams; ++k)
        offsets[k] += strides[k][last];
    }
    std::size_t axis = last;
    while (axis > 0) {
      --axis;
      for (std::size_t k = 0; k < kStreams; ++k)
        row[k] += strides[k][axis];
      if (++index[axis] < extents[axis]) break;
      for (std::size_t k = 0; k < kStreams; ++k)
        row[k] -= strides[k][axis] * extents[axis];
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (last == 0) return;
  }
}

}  // namespace tpuscope
