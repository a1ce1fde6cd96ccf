// ElementBox: a set of elements of a dense tensor by position, so that boxes stated over different
// shapes of one tensor (its own, or one with axes merged or split) can be compared exactly.

#pragma once

#include <cstdint>
#include <vector>

#include "graph/region.h"
#include "graph/shape.h"

namespace tpuscope {

/// One loop of a strided block, in elements.
struct StridedAxis {
  std::int64_t extent = 1;
  std::int64_t stride = 1;
  friend bool operator==(const StridedAxis&, const StridedAxis&) = default;
};

/// The elements at positions first + sum of i_a * axes[a].stride, 0 <= i_a < axes[a].extent, of a
/// dense row-major tensor. box_of makes the one canonical form of a set: strides positive and
/// falling, no axis of extent 1, axes that continue each other joined. No axis: one element.
struct ElementBox {
  std::int64_t first = 0;
  std::vector<StridedAxis> axes{};

  std::int64_t elements() const;
  friend bool operator==(const ElementBox&, const ElementBox&) = default;
};

/// A region of a tensor of this shape.
ElementBox box_of(const Shape& shape, const Region& region);

/// The whole of a tensor of `elements` elements.
ElementBox whole_box(std::int64_t elements);

/// The places that a strided block touches; strides may be zero or negative.
ElementBox box_of(std::int64_t first, std::vector<StridedAxis> axes);

}  // namespace tpuscope
