// Where: a select between two tensors by a third, all three broadcast.

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_where(const OpView& op) {
  const DType condition = op.input(0).dtype;
  if (condition != DType::kBool && condition != op.input(1).dtype) {
    return Error{.message = fmt::format("condition is {}, neither bool nor {}", name_of(condition),
                                        name_of(op.input(1).dtype))};
  }
  const OpView values{op.attributes, {op.input(1), op.input(2)}, {}};
  TPU_TRY(std::vector<TensorType> types, infer_broadcast(values));
  TPU_TRY(types[0].shape, broadcast(op.input(0).shape, types[0].shape));
  return types;
}

Result<std::vector<HostTensor>> evaluate_where(const OpView& op,
                                               std::span<const HostTensor> inputs) {
  HostTensor result = HostTensor::zeros(op.result());
  const Shape& shape = op.result().shape;
  for_each_offset<4>(
      shape,
      {dense_strides(shape), broadcast_strides(op.input(0).shape, shape),
       broadcast_strides(op.input(1).shape, shape), broadcast_strides(op.input(2).shape, shape)},
      {}, [&](const std::array<std::int64_t, 4>& at) {
        result[at[0]] = inputs[0][at[1]] != 0 ? inputs[1][at[2]] : inputs[2][at[3]];
      });
  return std::vector<HostTensor>{std::move(result)};
}

TPU_REGISTER(register_op({.name = "Where",
                          .summary = "operand 1 where operand 0 is not 0, operand 2 elsewhere",
                          .operands = {3, 3},
                          .layout = LayoutRule::kElementwise,
                          .infer = infer_where,
                          .evaluate = evaluate_where,
                          .work = one_pass<WorkUnit::kCompare>}) &&
             register_onnx("Where", translate_by_name));

/// ONNX knows conditions of bool alone.
Status emit_where(OnnxEmission& out) {
  std::vector<std::string> inputs = out.inputs();
  if (out.view().input(0).dtype != DType::kBool) {
    inputs[0] = out.add("Cast", {inputs[0]}, {{"to", onnx_from_dtype(DType::kBool)}});
  }
  return out.finish("Where", std::move(inputs));
}

TPU_REGISTER(register_onnx_emission("Where", emit_where));

}  // namespace
}  // namespace tpuscope
