// Shapes of regions and regions of shapes.

#include "graph/region.h"

namespace tpuscope {

Region whole(const Shape& shape) {
  Region region;
  region.reserve(shape.size());
  for (const std::int64_t extent : shape)
    region.push_back({0, extent});
  return region;
}

Shape extents_of(const Region& region) {
  Shape shape;
  for (const Range& range : region)
    shape.push_back(range.extent());
  return shape;
}

std::int64_t elements_of(const Region& region) {
  std::int64_t count = 1;
  for (const Range& range : region)
    count *= range.extent();
  return count;
}

}  // namespace tpuscope
