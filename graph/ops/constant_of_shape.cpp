// ConstantOfShape and EyeLike: import only, Weights here. Large ones stay without values, which
// nothing but a numeric evaluation would ask for.

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

OnnxValues translate_constant_of_shape(OnnxNode& node) {
  TPU_TRY(const IntList shape, node.integers(0));
  TensorType type{DType::kF32, shape};
  double value = 0;
  if (const auto tensor = node.tensors.find("value"); tensor != node.tensors.end()) {
    if (tensor->second.values.size() != 1) {
      return Error{.message =
                       fmt::format("value has {} elements, not one", tensor->second.values.size())};
    }
    type.dtype = tensor->second.type.dtype;
    value = tensor->second.values[0];
  }
  return single(filled_constant(node, type, value));
}

OnnxValues translate_eye_like(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TensorType type = node.graph().type(x);
  if (type.rank() != 2) return unsupported(node, "an operand that is no matrix");
  if (node.has("dtype")) {
    TPU_TRY(type.dtype, dtype_from_onnx(node.integer("dtype", 0)));
  }
  TPU_TRY(const Value zeros, filled_constant(node, type, 0));
  const auto& data = node.graph()[zeros.op].data;
  if (data == nullptr) return std::vector<Value>{zeros};
  HostTensor eye = *data;
  const std::int64_t diagonal = node.integer("k", 0);
  for (std::int64_t row = 0; row < type.shape[0]; ++row) {
    // The column is row + diagonal; compared this way round, so that no sum overflows.
    for (std::int64_t column = 0; column < type.shape[1]; ++column) {
      if (column - row == diagonal) eye[row * type.shape[1] + column] = 1;
    }
  }
  return std::vector<Value>{node.constant_of(std::move(eye))};
}

TPU_REGISTER(register_onnx("ConstantOfShape", translate_constant_of_shape) &&
             register_onnx("EyeLike", translate_eye_like));

}  // namespace
}  // namespace tpuscope
