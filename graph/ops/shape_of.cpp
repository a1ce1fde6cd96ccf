// ONNX's Shape and Size: import only. All shapes are static here, so both are constants.

#include <algorithm>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

OnnxValues translate_shape(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape& shape = node.graph().type(x).shape;
  const auto rank = static_cast<std::int64_t>(shape.size());
  // Unlike other axes these are clamped, not refused; they came with opset 15.
  const auto clamped = [rank](std::int64_t axis) {
    return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const std::int64_t start = clamped(node.integer("start", 0));
  const std::int64_t end = std::max(clamped(node.integer("end", rank)), start);
  const IntList part(shape.begin() + start, shape.begin() + end);
  return std::vector<Value>{node.constant_of(HostTensor::integers(part))};
}

OnnxValues translate_size(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const auto elements = static_cast<double>(node.graph().type(x).elements());
  return std::vector<Value>{node.constant_of(HostTensor::scalar(DType::kI64, elements))};
}

TPU_REGISTER(register_onnx("Shape", translate_shape) && register_onnx("Size", translate_size));

}  // namespace
}  // namespace tpuscope
