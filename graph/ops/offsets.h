// The one loop of all kernels that walk tensors in step: broadcast operands, strided copies, tiles.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/shape.h"

namespace tpuscope {

/// Strides of `operand` seen from `result`, whose last axes it broadcasts along: 0 where repeated.
std::vector<std::int64_t> broadcast_strides(const Shape& operand, const Shape& result);

/// The offsets of a row's first element, moved from row to row of an index space.
template <std::size_t kStreams>
class RowOffsets {
 public:
  RowOffsets(const Shape& extents, const std::array<std::vector<std::int64_t>, kStreams>& strides,
             const std::array<std::int64_t, kStreams>& first)
      : extents_(extents), strides_(strides), row_(first), index_(extents.size(), 0) {}

  const std::array<std::int64_t, kStreams>& row() const { return row_; }

  /// To the next row; false after the last one.
  bool next() {
    for (std::size_t axis = extents_.size() - 1; axis-- > 0;) {
      add(axis, 1);
      if (++index_[axis] < extents_[axis]) return true;
      add(axis, -extents_[axis]);
      index_[axis] = 0;
    }
    return false;
  }

 private:
  void add(std::size_t axis, std::int64_t steps) {
    for (std::size_t k = 0; k < kStreams; ++k)
      row_[k] += strides_[k][axis] * steps;
  }

  const Shape& extents_;
  const std::array<std::vector<std::int64_t>, kStreams>& strides_;
  std::array<std::int64_t, kStreams> row_;
  Shape index_;
};

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
  RowOffsets<kStreams> rows(extents, strides, first);
  do {
    std::array<std::int64_t, kStreams> offsets = rows.row();
    for (std::int64_t i = 0; i < extents[last]; ++i) {
      visit(static_cast<const std::array<std::int64_t, kStreams>&>(offsets));
      for (std::size_t k = 0; k < kStreams; ++k)
        offsets[k] += strides[k][last];
    }
  } while (rows.next());
}

}  // namespace tpuscope
