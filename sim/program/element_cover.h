// Which elements several boxes of a tensor hold together: as the schedule verifier needs it
// parts that were stored in pieces or made over other axes than they are read.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "graph/work.h"
#include "sim/program/element_box.h"

namespace tpuscope {

/// Places origin + sum of i_a * axes[a].stride, 0 <= i_a < axes[a].extent. Strides fall, and each
/// is at least the span of the axes after it, so that every place has one index. Axes of extent 1
/// may be in between.
struct Lattice {
  std::int64_t origin = 0;
  std::vector<StridedAxis> axes{};
};

/// The lattice of all elements of a tensor of this shape.
Lattice lattice_of(const Shape& shape);

/// The box as regions of the lattice's indices, without overlap; empty when an element of it is no
/// place of the lattice.
std::optional<std::vector<Region>> regions_on(const Lattice& lattice, const ElementBox& box);

/// Elements of the operand that the copy puts in the box of the result, one box per region of the
/// copy's own axes; empty when it does not write all of that.
std::optional<std::vector<ElementBox>> sources_of(const StridedCopy& copy, const ElementBox& box);

/// Whether every element of `inner` is in `outer`.
bool contains(const ElementBox& outer, const ElementBox& inner);

/// Whether they share an element.
bool intersects(const ElementBox& a, const ElementBox& b);

struct Cover {
  std::int64_t missing = 0;   ///< elements of the box that no other holds
  std::int64_t repeated = 0;  ///< how often its elements are held once more
};
/// How `boxes` cover `box`.
Cover cover_of(const ElementBox& box, std::span<const ElementBox> boxes);

}  // namespace tpuscope
