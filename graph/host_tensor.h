// Tensors with values, for constants and for the reference kernels.

#pragma once

#include <cstdint>
#include <vector>

#include "graph/shape.h"

namespace tpuscope {

/// A dense row-major tensor on the host. Values are doubles whatever the type, since a double
/// holds every f32 and every integer up to 2^53 exactly; they are kept rounded to `type.dtype`.
struct HostTensor {
  TensorType type{};
  std::vector<double> values{};

  /// All zero.
  static HostTensor zeros(TensorType type);
  static HostTensor scalar(DType dtype, double value);
  /// A 1-D tensor of int64.
  static HostTensor integers(const std::vector<std::int64_t>& values);

  const Shape& shape() const { return type.shape; }
  std::int64_t elements() const { return static_cast<std::int64_t>(values.size()); }
  double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }
  /// Values as int64, saturated.
  std::vector<std::int64_t> to_integers() const;
  /// Rounds every value to the element type.
  void round();
  friend bool operator==(const HostTensor&, const HostTensor&) = default;
};

/// The value as int64; what does not fit becomes the nearest int64.
std::int64_t saturated_integer(double value);

}  // namespace tpuscope
