// Slice: a box of a tensor, with a step per axis. The attributes hold a start, an extent and a step
// for every axis, all within the tensor: extents, since an end before index 0 (negative steps) has
// no natural number. ONNX's forms (negative, clamped, some axes only) are settled at import.

#include "graph/ops/slice.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/batch.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

IntList steps_of(const OpView& op) {
  const IntList& steps = op.attrs().integers("steps");
  return steps.empty() ? IntList(op.input(0).rank(), 1) : steps;
}

Result<std::vector<TensorType>> infer_slice(const OpView& op) {
  const TensorType& input = op.input(0);
  TPU_TRY_STATUS(check_list_length(op, "starts", input.rank()));
  TPU_TRY_STATUS(check_list_length(op, "extents", input.rank()));
  const IntList& starts = op.attrs().integers("starts");
  const IntList& extents = op.attrs().integers("extents");
  const IntList steps = steps_of(op);
  if (steps.size() != input.rank()) TPU_TRY_STATUS(check_list_length(op, "steps", input.rank()));
  for (std::size_t axis = 0; axis < input.rank(); ++axis) {
    const std::int64_t limit = input.shape[axis];
    const auto inside = [limit](std::int64_t index) { return index >= 0 && index < limit; };
    if (extents[axis] == 0 && starts[axis] == 0) continue;
    // Within kMaxElements each, so that the product below stays far from overflow.
    const bool sane = extents[axis] > 0 && extents[axis] <= limit && steps[axis] != 0 &&
                      steps[axis] >= -limit && steps[axis] <= limit;
    if (!sane || !inside(starts[axis]) ||
        !inside(starts[axis] + (extents[axis] - 1) * steps[axis])) {
      return Error{.message = fmt::format("{} elements from {} in steps of {} are outside axis {} "
                                          "of {}",
                                          extents[axis], starts[axis], steps[axis], axis,
                                          type_text(input))};
    }
  }
  return std::vector<TensorType>{{input.dtype, extents}};
}

Movement movement_slice(const OpView& op) {
  std::vector<std::int64_t> strides = dense_strides(op.input(0).shape);
  const IntList steps = steps_of(op);
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    offset += op.attrs().integers("starts")[axis] * strides[axis];
    strides[axis] *= steps[axis];
  }
  return {.copies = {whole_result(op.result().shape, std::move(strides), offset)}};
}

Region input_region_slice(const OpView& op, std::size_t /*operand*/, const Region& result) {
  const IntList& starts = op.attrs().integers("starts");
  const IntList steps = steps_of(op);
  Region region;
  for (std::size_t axis = 0; axis < result.size(); ++axis) {
    if (result[axis].extent() <= 0) {
      region.push_back({0, 0});
      continue;
    }
    const std::int64_t a = starts[axis] + result[axis].begin * steps[axis];
    const std::int64_t b = starts[axis] + (result[axis].end - 1) * steps[axis];
    region.push_back({std::min(a, b), std::max(a, b) + 1});
  }
  return region;
}

LocalAnswer local_obstacle_slice(const LocalQuery& query) {
  const OpView& op = query.op;
  const IntList steps = steps_of(op);
  if (steps.size() > 1 && steps[1] != 1) {
    return LocalObstacle{"slice_step", "a step along the axis on the lanes"};
  }
  if (steps.size() <= 4) return std::nullopt;
  const Shape& from = op.input(0).shape;
  const Shape& to = op.result().shape;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    if (steps.size() > 5 || (axis != 2 && from[axis] != to[axis])) {
      return LocalObstacle{"slice_axes", "a slice of five axes may only cut the third"};
    }
  }
  if (!query.support.slice_5d) {
    return LocalObstacle{"local.slice_5d", "Slice of five axes is global without local.slice_5d"};
  }
  if (query.group.value_or(GroupType::k3d) != GroupType::k3d) {
    return LocalObstacle{"slice_group_3d", "a slice of five axes needs a 3D group"};
  }
  return std::nullopt;
}

Result<Attributes> batch_rule_slice(const OpView& op, const BatchAxis& batch,
                                    const BatchChange& change) {
  const std::int64_t extent = op.input(0).shape[batch.axis];
  const std::int64_t taken = op.attrs().integers("extents")[batch.axis];
  if (taken != extent || steps_of(op)[batch.axis] != 1) {
    return Error{.message = fmt::format("it takes {} of the {} along axis {}, the batch", taken,
                                        extent, batch.axis)};
  }
  return scale_aligned_extent(op, batch, change, "extents");
}

TPU_REGISTER(register_batch_rule({"Slice", batch_rule_slice}));
TPU_REGISTER(register_op({.name = "Slice",
                          .summary = "a box of the operand",
                          .attributes = {{"starts", IntList{}, "first index per axis", true},
                                         {"extents", IntList{}, "elements taken per axis", true},
                                         {"steps", IntList{}, "step per axis; empty: all 1"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_slice,
                          .evaluate = evaluate_movement<movement_slice>,
                          .movement = movement_slice,
                          .input_region = input_region_slice,
                          .divisible_axes = all_axes,
                          .local_obstacle = local_obstacle_slice}));

}  // namespace

Result<Value> add_axis_slice(OnnxNode& node, Value x, std::size_t axis, std::int64_t start,
                             std::int64_t extent) {
  Shape extents = node.graph().type(x).shape;
  IntList starts(extents.size(), 0);
  if (start == 0 && extent == extents[axis]) return x;
  starts[axis] = start;
  extents[axis] = extent;
  return node.add("Slice", {{"starts", starts}, {"extents", extents}}, {x});
}

}  // namespace tpuscope
