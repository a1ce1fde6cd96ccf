// MaxPool: the largest element under a sliding window; padding never wins.

#include <limits>

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/ops/pool.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_max_pool(const OpView& op,
                                                  std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  HostTensor y = HostTensor::zeros(op.result());
  TPU_TRY(const Window window, pool_window(op));
  const TapTable taps = tap_table(window, spatial_of(y.shape()));
  const std::int64_t map = element_count(spatial_of(x.shape()));
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const std::int64_t first = i / taps.positions * map;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::int64_t tap = 0; tap < taps.taps; ++tap) {
      const std::int64_t element = taps.at(i % taps.positions, tap);
      if (element >= 0) largest = std::max(largest, x[first + element]);
    }
    y[i] = largest;
  }
  return std::vector<HostTensor>{y};
}

TPU_REGISTER(register_op({.name = "MaxPool",
                          .summary = "maximum under a window sliding over 1 to 3 spatial axes",
                          .attributes = pool_attributes({}),
                          .infer = infer_pool,
                          .evaluate = evaluate_max_pool,
                          .work = max_pool_work,
                          .input_region = pool_input_region,
                          .divisible_axes = pool_divisible_axes,
                          .image_axes = pool_image_axes,
                          .local_obstacle = always_local}));

OnnxValues translate_max_pool(OnnxNode& node) {
  if (node.output_used.size() > 1 && node.output_used[1]) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "the indices of MaxPool are used, only its values are modelled"};
  }
  TPU_TRY(Attributes attributes, onnx_pool(node));
  return single(node.add("MaxPool", std::move(attributes), {*node.inputs[0]}));
}

OnnxValues translate_global_max_pool(OnnxNode& node) {
  TPU_TRY(Attributes attributes, onnx_global_pool(node));
  return single(node.add("MaxPool", std::move(attributes), {*node.inputs[0]}));
}

TPU_REGISTER(register_onnx("MaxPool", translate_max_pool) &&
             register_onnx("GlobalMaxPool", translate_global_max_pool));

Status emit_max_pool(OnnxEmission& out) {
  return out.finish("MaxPool", out.inputs(), pool_to_onnx(out));
}

TPU_REGISTER(register_onnx_emission("MaxPool", emit_max_pool));

}  // namespace
}  // namespace tpuscope
