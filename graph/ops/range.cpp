// Range: import only. Its length is a shape, so its bounds must be known, and with them all of it.

#include <cmath>

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// Longer ranges are a mistake rather than a network's table of positions.
constexpr double kMaxRange = 1 << 24;

OnnxValues translate_range(OnnxNode& node) {
  std::vector<double> bounds;
  for (std::size_t i = 0; i < 3; ++i) {
    TPU_TRY(const HostTensor bound, node.constant(i));
    if (bound.values.size() != 1) {
      return Error{.message =
                       fmt::format("input {} has {} elements, not one", i, bound.values.size())};
    }
    bounds.push_back(bound.values[0]);
  }
  const double start = bounds[0];
  const double step = bounds[2];
  const double length = std::ceil((bounds[1] - start) / step);
  if (step == 0 || !std::isfinite(length) || length > kMaxRange) {
    return Error{.message = fmt::format("range from {} to {} in steps of {} is not finite or has "
                                        "more than {} elements",
                                        start, bounds[1], step, kMaxRange)};
  }
  HostTensor range{{node.type(0).dtype, {0}}, {}};
  for (double i = 0; i < length; ++i)
    range.values.push_back(start + i * step);
  range.type.shape[0] = range.elements();
  return std::vector<Value>{node.constant_of(std::move(range))};
}

TPU_REGISTER(register_onnx("Range", translate_range));

}  // namespace
}  // namespace tpuscope
