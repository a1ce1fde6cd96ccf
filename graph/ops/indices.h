// Walking over the positions of a box. Reference kernels read like their formulas when the rank of
// the tensor stays out of them.

#pragma once

#include <algorithm>

#include "graph/shape.h"

namespace tpuscope {

/// Calls visit(index) for every index below `extents`, the last axis fastest: row-major order.
template <typename Visit>
void each_index(const Shape& extents, Visit visit) {
  if (std::find(extents.begin(), extents.end(), 0) != extents.end()) return;
  Shape index(extents.size(), 0);
  for (;;) {
    visit(index);
    std::size_t axis = extents.size();
    while (axis > 0 && ++index[axis - 1] == extents[axis - 1])
      index[--axis] = 0;
    if (axis == 0) return;
  }
}

/// Sum of index * stride over all axes.
inline std::int64_t offset_of(const Shape& index, const std::vector<std::int64_t>& strides) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < index.size(); ++axis)
    offset += index[axis] * strides[axis];
  return offset;
}

}  // namespace tpuscope
