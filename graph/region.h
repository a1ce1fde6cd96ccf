// Regions: boxes of indices in tensors, by which ops say what a part of a result needs.

#pragma once

#include <cstdint>

#include <boost/container/small_vector.hpp>

#include "graph/shape.h"

namespace tpuscope {

/// A half-open interval of indices along one axis.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t extent() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};
/// A box in a tensor: one range per axis. Planning makes millions, few with more axes than have
/// room in place.
using Region = boost::container::small_vector<Range, 5>;

/// The whole of a tensor.
Region whole(const Shape& shape);
/// Extents of a region.
Shape extents_of(const Region& region);
/// Elements of a region; of one without axes, one.
std::int64_t elements_of(const Region& region);

}  // namespace tpuscope
