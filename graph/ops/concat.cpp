// Concat: operands one after the other along an axis. One copy per operand.

#include <algorithm>

#include <fmt/core.h>

#include "graph/ops/by_name.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/movement.h"
#include "graph/ops/rows.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_concat(const OpView& op) {
  TPU_TRY_STATUS(check_same_dtype(op));
  TensorType result = op.input(0);
  TPU_TRY(const std::size_t axis, normalised_axis(op.attrs().integer("axis"), result.rank()));
  std::int64_t extent = 0;
  for (const TensorType& type : op.inputs) {
    Shape aligned = type.shape;
    if (axis < aligned.size()) aligned[axis] = op.input(0).shape[axis];
    if (aligned != op.input(0).shape) {
      return Error{.message = fmt::format("{} and {} differ beside axis {}", type_text(op.input(0)),
                                          type_text(type), axis)};
    }
    extent += type.shape[axis];
  }
  result.shape[axis] = extent;
  return std::vector<TensorType>{std::move(result)};
}

Movement movement_concat(const OpView& op) {
  const std::size_t axis = checked_axis(op);
  const std::vector<std::int64_t> strides = dense_strides(op.result().shape);
  Movement movement;
  std::int64_t position = 0;
  for (std::size_t operand = 0; operand < op.inputs.size(); ++operand) {
    const Shape& shape = op.input(operand).shape;
    if (element_count(shape) > 0) {
      movement.copies.push_back(simplified({.operand = operand,
                                            .extents = shape,
                                            .operand_strides = dense_strides(shape),
                                            .result_strides = strides,
                                            .result_offset = position * strides[axis]}));
    }
    position += shape[axis];
  }
  return movement;
}

Region input_region_concat(const OpView& op, std::size_t operand, const Region& result) {
  const std::size_t axis = checked_axis(op);
  Region region = result;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < operand; ++i)
    begin += op.input(i).shape[axis];
  const std::int64_t extent = op.input(operand).shape[axis];
  region[axis].begin = std::clamp<std::int64_t>(result[axis].begin - begin, 0, extent);
  region[axis].end = std::clamp<std::int64_t>(result[axis].end - begin, 0, extent);
  return region;
}

/// Not along the axis itself: a tile there would have a varying set of operands.
std::vector<bool> divisible_concat(const OpView& op) {
  std::vector<bool> axes = all_axes(op);
  axes[checked_axis(op)] = false;
  return axes;
}

OnnxValues translate_concat(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  if (inputs.size() == 1) return inputs;
  return single(node.add("Concat", {{"axis", node.integer("axis", 1)}}, inputs));
}

LocalAnswer local_obstacle_concat(const LocalQuery& query) {
  const std::size_t axis = checked_axis(query.op);
  if (axis >= 1 && axis <= 3 && query.op.result().rank() <= 5) return std::nullopt;
  return LocalObstacle{"concat_axis", "Concat is local along axes 1 to 3 only"};
}

TPU_REGISTER(register_op({.name = "Concat",
                          .summary = "operands one after the other along an axis",
                          .operands = {1, kAnyNumber},
                          .attributes = {{"axis", std::int64_t{0}, "axis that grows", true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_concat,
                          .evaluate = evaluate_movement<movement_concat>,
                          .movement = movement_concat,
                          .input_region = input_region_concat,
                          .divisible_axes = divisible_concat,
                          .local_obstacle = local_obstacle_concat}) &&
             register_onnx("Concat", translate_concat));

TPU_REGISTER(register_onnx_emission("Concat", emit_by_name));

}  // namespace
}  // namespace tpuscope
