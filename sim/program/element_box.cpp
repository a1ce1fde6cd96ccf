// The canonical form of sets of elements: see element_box.h.

#include "sim/program/element_box.h"

#include <algorithm>

namespace tpuscope {

std::int64_t ElementBox::elements() const {
  std::int64_t product = 1;
  for (const StridedAxis& axis : axes)
    product *= axis.extent;
  return product;
}

ElementBox box_of(std::int64_t first, std::vector<StridedAxis> axes) {
  ElementBox box{.first = first};
  for (StridedAxis& axis : axes) {
    if (axis.extent <= 0) return {.first = 0, .axes = {{.extent = 0, .stride = 1}}};
    if (axis.stride < 0) {
      box.first += (axis.extent - 1) * axis.stride;
      axis.stride = -axis.stride;
    }
  }
  std::erase_if(axes, [](const StridedAxis& axis) { return axis.extent == 1 || axis.stride == 0; });
  std::stable_sort(axes.begin(), axes.end(),
                   [](const StridedAxis& a, const StridedAxis& b) { return a.stride > b.stride; });
  for (const StridedAxis& axis : axes) {
    if (!box.axes.empty() && box.axes.back().stride == axis.stride * axis.extent) {
      box.axes.back() = {box.axes.back().extent * axis.extent, axis.stride};
    } else {
      box.axes.push_back(axis);
    }
  }
  return box;
}

/// Dense strides grow outwards, so that nothing needs sorting.
ElementBox box_of(const Shape& shape, const Region& region) {
  ElementBox box;
  box.axes.reserve(region.size());
  std::int64_t stride = 1;
  for (std::size_t axis = region.size(); axis-- > 0;) {
    const std::int64_t extent = region[axis].extent();
    if (extent <= 0) return {.first = 0, .axes = {{.extent = 0, .stride = 1}}};
    box.first += region[axis].begin * stride;
    if (extent > 1) {
      if (!box.axes.empty() && stride == box.axes.back().stride * box.axes.back().extent) {
        box.axes.back().extent *= extent;
      } else {
        box.axes.push_back({extent, stride});
      }
    }
    stride *= shape[axis];
  }
  std::reverse(box.axes.begin(), box.axes.end());
  return box;
}

ElementBox whole_box(std::int64_t elements) {
  return box_of(0, {{.extent = elements, .stride = 1}});
}

}  // namespace tpuscope
