// The blocked layout of ONNX Runtime's x86 kernels, undone. Its optimiser splits channels in blocks
// of as many as a vector register holds (8 or 16) and writes files with operators of the domain
// com.microsoft.nchwc. Tensors keep the axes N, C, H, W, with C rounded up to whole blocks; only
// the order in memory differs, which no file states and which is no business of another machine. So
// reorderings are nothing, but for the rounding, and the rest is ONNX's own. The weights' values
// are in an order that depends on the machine that wrote the file; they count as unknown.

#include <fmt/core.h>

#include "graph/ops/by_name.h"
#include "graph/ops/microsoft_activations.h"

namespace tpuscope {
namespace {

/// The first `extent` indices of an axis; the value itself when it has no more.
Result<Value> first_of_axis(OnnxNode& node, Value x, std::size_t axis, std::int64_t extent) {
  const Shape shape = node.graph().type(x).shape;
  if (axis >= shape.size() || shape[axis] <= extent) return x;
  IntList extents = shape;
  extents[axis] = extent;
  return node.add("Slice", {{"starts", IntList(shape.size(), 0)}, {"extents", extents}}, {x});
}

/// A constant as one of unknown values.
Result<Value> without_values(OnnxNode& node, Value value) {
  const Op& op = node.graph()[value.op];
  if (!op.is("Weight") || op.data == nullptr) return value;
  TPU_TRY(const OpId copy, node.graph().add({.type = "Weight",
                                             .name = op.name,
                                             .origin = op.origin,
                                             .result_types = {node.graph().type(value)}},
                                            {}));
  return Value{copy};
}

/// The weight without the channels that only fill a block: those beyond the image's, which it
/// reads, or, where each channel has a filter of its own, makes.
Result<Value> without_padding(OnnxNode& node, Value weight) {
  const Shape& image = node.type(0).shape;
  if (image.size() < 2) return weight;
  const std::int64_t groups = node.integer("group", 1);
  if (groups == 1) return first_of_axis(node, weight, 1, image[1]);
  const bool is_depthwise = node.graph().type(weight).shape.at(0) == groups;
  if (!is_depthwise || image[1] < 1 || image[1] >= groups) return weight;
  node.attributes.set("group", image[1]);
  return first_of_axis(node, weight, 0, image[1]);
}

/// Image, weight, bias, and a tensor that is added before the activation.
OnnxValues translate_blocked_conv(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(Value weight, node.input(1));
  if (node.type(1).rank() < 3) return Error{.message = "the weight has no spatial axes"};
  TPU_TRY(weight, without_values(node, weight));
  TPU_TRY(weight, without_padding(node, weight));
  const std::int64_t channels = node.graph().type(weight).shape[0];
  std::vector<std::optional<Value>> inputs = {x, weight};
  if (node.has_input(2)) {
    TPU_TRY(Value bias, without_values(node, *node.inputs[2]));
    TPU_TRY(bias, first_of_axis(node, bias, 0, channels));
    inputs.emplace_back(bias);
  }
  TPU_TRY(const std::vector<Value> conv, translate_onnx(node, "Conv", std::move(inputs)));
  Value y = conv.front();
  if (node.has_input(3)) {
    TPU_TRY(const Value sum, first_of_axis(node, *node.inputs[3], 1, channels));
    TPU_TRY(y, node.add("Add", {}, {y, sum}));
  }
  return single(fused_activation(node, y));
}

OnnxValues translate_blocked_max_pool(OnnxNode& node) {
  return translate_onnx(node, "MaxPool", node.inputs);
}
OnnxValues translate_blocked_average_pool(OnnxNode& node) {
  return translate_onnx(node, "AveragePool", node.inputs);
}
OnnxValues translate_blocked_global_max(OnnxNode& node) {
  return translate_onnx(node, "GlobalMaxPool", node.inputs);
}
OnnxValues translate_blocked_global_average(OnnxNode& node) {
  return translate_onnx(node, "GlobalAveragePool", node.inputs);
}

OnnxValues translate_reorder_input(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  if (node.integer("channels_last", 0) == 0) return std::vector<Value>{x};
  return single(node.add("Permute", {{"order", IntList{0, 3, 1, 2}}}, {x}));
}

OnnxValues translate_reorder_output(OnnxNode& node) {
  TPU_TRY(Value y, node.input(0));
  TPU_TRY(y, first_of_axis(node, y, 1, node.integer("channels", kMaxElements)));
  if (node.integer("channels_last", 0) == 0) return std::vector<Value>{y};
  return single(node.add("Permute", {{"order", IntList{0, 2, 3, 1}}}, {y}));
}

/// Whole factors along the spatial axes.
OnnxValues translate_upsample(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const IntList scales = node.integers("scales", {});
  HostTensor factors = HostTensor::zeros({DType::kF32, {static_cast<std::int64_t>(scales.size())}});
  for (std::size_t i = 0; i < scales.size(); ++i)
    factors.values[i] = static_cast<double>(scales[i]);
  const Value given = node.constant_of(std::move(factors));
  return translate_onnx(node, "Resize", {x, std::nullopt, given});
}

TPU_REGISTER(register_onnx("com.microsoft.nchwc.Conv", translate_blocked_conv) &&
             register_onnx("com.microsoft.nchwc.MaxPool", translate_blocked_max_pool) &&
             register_onnx("com.microsoft.nchwc.AveragePool", translate_blocked_average_pool) &&
             register_onnx("com.microsoft.nchwc.GlobalMaxPool", translate_blocked_global_max) &&
             register_onnx("com.microsoft.nchwc.GlobalAveragePool",
                           translate_blocked_global_average) &&
             register_onnx("com.microsoft.nchwc.ReorderInput", translate_reorder_input) &&
             register_onnx("com.microsoft.nchwc.ReorderOutput", translate_reorder_output) &&
             register_onnx("com.microsoft.nchwc.Upsample", translate_upsample));

}  // namespace
}  // namespace tpuscope
