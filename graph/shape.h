// Extents of tensors, and the types of tensors.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "graph/dtype.h"

namespace tpuscope {

/// Extents, outermost first. A scalar has none.
using Shape = std::vector<std::int64_t>;

/// The most elements a tensor may have: 2^40, so that products of extents never overflow.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;
/// The most dimensions a tensor may have.
inline constexpr std::size_t kMaxRank = 8;

/// Fails for negative extents, more than kMaxRank dimensions or more than kMaxElements elements.
Status check_shape(const Shape& shape);

/// Product of the extents; 1 for a scalar.
std::int64_t element_count(const Shape& shape);
/// Product of the extents of axes begin to end - 1.
std::int64_t element_count(const Shape& shape, std::size_t begin, std::size_t end);

/// Elements between neighbours along each axis of a dense row-major tensor.
std::vector<std::int64_t> dense_strides(const Shape& shape);

/// Axis -rank..rank-1 as 0..rank-1; an error when it is out of range.
Result<std::size_t> normalised_axis(std::int64_t axis, std::size_t rank);

/// NumPy broadcasting of two shapes.
Result<Shape> broadcast(const Shape& a, const Shape& b);

/// Element type and extents of a tensor.
struct TensorType {
  DType dtype = DType::kF32;
  Shape shape{};

  std::int64_t elements() const { return element_count(shape); }
  std::int64_t bytes() const { return elements() * size_of(dtype); }
  std::size_t rank() const { return shape.size(); }
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// f16[64,49,288].
std::string type_text(const TensorType& type);

}  // namespace tpuscope
