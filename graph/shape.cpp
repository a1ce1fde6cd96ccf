// Shapes, their limits, and broadcasting.

#include "graph/shape.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {

Status check_shape(const Shape& shape) {
  if (shape.size() > kMaxRank) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("shape {} has {} dimensions, at most {} are supported",
                                        list_text(shape), shape.size(), kMaxRank)};
  }
  std::int64_t elements = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0) {
      return Error{.message = fmt::format("shape {} has a negative extent", list_text(shape)),
                   .hint = "export the model with fixed shapes"};
    }
    // Zero extents must not hide an absurd product of the others.
    const std::int64_t factor = std::max<std::int64_t>(extent, 1);
    if (factor > kMaxElements / elements) {
      return Error{.message =
                       fmt::format("shape {} has more than 2^40 elements", list_text(shape))};
    }
    elements *= factor;
  }
  return Ok{};
}

std::int64_t element_count(const Shape& shape) {
  return element_count(shape, 0, shape.size());
}

std::int64_t element_count(const Shape& shape, std::size_t begin, std::size_t end) {
  std::int64_t elements = 1;
  for (std::size_t axis = begin; axis < end; ++axis)
    elements *= shape.at(axis);
  return elements;
}

std::vector<std::int64_t> dense_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

Result<std::size_t> normalised_axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    return Error{.message =
                     fmt::format("axis {} does not exist in a tensor of rank {}", axis, rank)};
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

Result<Shape> broadcast(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {  // from the last axis to the first
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1) {
      return Error{.message = fmt::format("shapes {} and {} do not broadcast: {} against {}",
                                          list_text(a), list_text(b), x, y)};
    }
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

std::string type_text(const TensorType& type) {
  return std::string(name_of(type.dtype)) + list_text(type.shape);
}

}  // namespace tpuscope
