// ScatterElements: operand 0 with the elements of operand 2 put where operand 1 says, each at its
// own position except along one axis.

#include <fmt/core.h>

#include "graph/ops/elementwise.h"
#include "graph/ops/movement.h"
#include "graph/ops/rows.h"
#include "graph/ops/scatter.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_scatter_elements(const OpView& op) {
  TPU_TRY_STATUS(check_reduction(op));
  const TensorType& data = op.input(0);
  const TensorType& indices = op.input(1);
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), data.rank()));
  bool fits = indices.rank() == data.rank() && indices.shape == op.input(2).shape;
  for (std::size_t i = 0; fits && i < data.rank(); ++i) {
    fits = i == axis || indices.shape[i] <= data.shape[i];
  }
  if (!fits) {
    return Error{.message =
                     fmt::format("indices {} and updates {} do not suit {}", type_text(indices),
                                 type_text(op.input(2)), type_text(data))};
  }
  return std::vector<TensorType>{data};
}

Result<std::vector<HostTensor>> evaluate_scatter_elements(const OpView& op,
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
  HostTensor result{op.result(), inputs[0].values};
  const Shape& updates = op.input(2).shape;
  const std::string& reduction = op.attrs().text("reduction");
  for_each_offset<2>(updates, {dense_strides(updates), strides}, {},
                     [&](const std::array<std::int64_t, 2>& at) {
                       const std::int64_t index = indices[static_cast<std::size_t>(at[0])];
                       double& element = result[at[1] + index * along];
                       element = reduced_by(reduction, element, inputs[2][at[0]]);
                     });
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_scatter_elements(const OpView& op) {
  return scatter_movement(op, op.input(2).elements(), 1);
}

OnnxValues translate_scatter_elements(OnnxNode& node) {
  return translate_as(node, "ScatterElements");
}

TPU_REGISTER(
    register_op({.name = "ScatterElements",
                 .summary = "operand 0 with single elements replaced",
                 .operands = {3, 3},
                 .attributes = {{"axis", std::int64_t{0}, "axis that the indices count along"},
                                {"reduction", std::string("none"), "none, add, mul, min or max"}},
                 .layout = LayoutRule::kMovement,
                 .infer = infer_scatter_elements,
                 .evaluate = evaluate_scatter_elements,
                 .work = scatter_work,
                 .movement = movement_scatter_elements}) &&
    register_onnx("ScatterElements", translate_scatter_elements) &&
    register_onnx("Scatter", translate_scatter_elements));

TPU_REGISTER(register_onnx_emission("ScatterElements", emit_scatter));

}  // namespace
}  // namespace tpuscope
