// AveragePool: the mean under a sliding window, over the input's elements only or over the padding
// as well.

#include "graph/onnx/emission.h"
#include "graph/ops/pool.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_average_pool(const OpView& op,
                                                      std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  const bool with_padding = op.attrs().flag("count_include_pad");
  HostTensor y = HostTensor::zeros(op.result());
  TPU_TRY(const Window window, pool_window(op));
  const TapTable taps = tap_table(window, spatial_of(y.shape()));
  const std::int64_t map = element_count(spatial_of(x.shape()));
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const std::int64_t first = i / taps.positions * map;
    double sum = 0.0;
    std::int64_t count = 0;
    for (std::int64_t tap = 0; tap < taps.taps; ++tap) {
      const std::int64_t element = taps.at(i % taps.positions, tap);
      if (element >= 0) sum += x[first + element];
      if (element >= 0 || (with_padding && element == TapTable::kPadding)) ++count;
    }
    y[i] = count > 0 ? sum / static_cast<double>(count) : 0.0;
  }
  return std::vector<HostTensor>{y};
}

TPU_REGISTER(register_op({.name = "AveragePool",
                          .summary = "mean under a window sliding over 1 to 3 spatial axes",
                          .attributes = pool_attributes({{"count_include_pad", false,
                                                          "whether padding counts as zeros"}}),
                          .infer = infer_pool,
                          .evaluate = evaluate_average_pool,
                          .work = average_pool_work,
                          .input_region = pool_input_region,
                          .divisible_axes = pool_divisible_axes,
                          .image_axes = pool_image_axes,
                          .local_obstacle = always_local}));

OnnxValues translate_average_pool(OnnxNode& node) {
  TPU_TRY(Attributes attributes, onnx_pool(node));
  attributes.set("count_include_pad", node.integer("count_include_pad", 0) != 0);
  return single(node.add("AveragePool", std::move(attributes), {*node.inputs[0]}));
}

OnnxValues translate_global_average_pool(OnnxNode& node) {
  TPU_TRY(Attributes attributes, onnx_global_pool(node));
  return single(node.add("AveragePool", std::move(attributes), {*node.inputs[0]}));
}

TPU_REGISTER(register_onnx("AveragePool", translate_average_pool) &&
             register_onnx("GlobalAveragePool", translate_global_average_pool));

Status emit_average_pool(OnnxEmission& out) {
  for (const std::int64_t dilation : out.attrs().integers("dilations")) {
    if (dilation != 1) return out.unsupported("dilations");
  }
  Attributes attributes = pool_to_onnx(out);
  attributes.erase("dilations");
  return out.finish("AveragePool", out.inputs(), attributes);
}

TPU_REGISTER(register_onnx_emission("AveragePool", emit_average_pool));

}  // namespace
}  // namespace tpuscope
