// GatherElements: each result element is picked on its own, at its own position except along one
// axis, where an index of the same position in operand 1 says which.

#include <fmt/core.h>

#include "graph/ops/movement.h"
#include "graph/ops/offsets.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_gather_elements(const OpView& op) {
  const TensorType& data = op.input(0);
  const TensorType& indices = op.input(1);
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), data.rank()));
  bool fits = indices.rank() == data.rank();
  for (std::size_t i = 0; fits && i < data.rank(); ++i) {
    fits = i == axis || indices.shape[i] <= data.shape[i];
  }
  if (!fits) {
    return Error{
        .message = fmt::format("indices {} reach outside {}", type_text(indices), type_text(data))};
  }
  return std::vector<TensorType>{{data.dtype, indices.shape}};
}

Result<std::vector<HostTensor>> evaluate_gather_elements(const OpView& op,
                                                         std::span<const HostTensor> inputs) {
  const Shape& data = op.input(0).shape;
  const std::size_t axis = checked_axis(op);
  std::vector<std::int64_t> strides = dense_strides(data);
  const std::int64_t along = strides[axis];
  strides[axis] = 0;
  std::vector<std::int64_t> indices;
  for (const double value : inputs[1].values) {
    TPU_TRY(const std::int64_t index, checked_index(value, data[axis]));
    indices.push_back(index);
  }
  HostTensor result = HostTensor::zeros(op.result());
  const Shape& shape = op.result().shape;
  for_each_offset<2>(shape, {dense_strides(shape), strides}, {},
                     [&](const std::array<std::int64_t, 2>& at) {
                       const std::int64_t index = indices[static_cast<std::size_t>(at[0])];
                       result[at[0]] = inputs[0][at[1] + index * along];
                     });
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_gather_elements(const OpView& op) {
  return {.gather_runs = op.result().elements(), .gather_run_elements = 1};
}

TPU_REGISTER(register_op({.name = "GatherElements",
                          .summary = "elements of operand 0 picked one by one by operand 1",
                          .operands = {2, 2},
                          .attributes = {{"axis", std::int64_t{0},
                                          "axis that the indices count along"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_gather_elements,
                          .evaluate = evaluate_gather_elements,
                          .movement = movement_gather_elements}) &&
             register_onnx_twin("GatherElements"));

}  // namespace
}  // namespace tpuscope
