// Tensors with values.

#include "graph/host_tensor.h"

#include <cmath>
#include <limits>

namespace tpuscope {

HostTensor HostTensor::zeros(TensorType type) {
  const auto elements = static_cast<std::size_t>(type.elements());
  return {std::move(type), std::vector<double>(elements, 0.0)};
}

HostTensor HostTensor::scalar(DType dtype, double value) {
  return {{dtype, {}}, {rounded_to(dtype, value)}};
}

HostTensor HostTensor::integers(const std::vector<std::int64_t>& values) {
  return {{DType::kI64, {static_cast<std::int64_t>(values.size())}},
          std::vector<double>(values.begin(), values.end())};
}

std::vector<std::int64_t> HostTensor::to_integers() const {
  std::vector<std::int64_t> integers;
  integers.reserve(values.size());
  for (const double value : values)
    integers.push_back(saturated_integer(value));
  return integers;
}

void HostTensor::round() {
  for (double& value : values)
    value = rounded_to(type.dtype, value);
}

std::int64_t saturated_integer(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775807.0) return std::numeric_limits<std::int64_t>::max();
  if (value <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace tpuscope
