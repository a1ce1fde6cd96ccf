// SwapDimInner: along each axis the part from `offset` on comes first, the part before it last:
// what torch.roll does, and what the vendor's compiler calls this operator. One copy for each
// corner.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_swap_dim_inner(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  TPU_TRY_STATUS(check_list_length(op, "offset", shape.size()));
  const IntList& offset = op.attrs().integers("offset");
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (offset[axis] < 0 || (offset[axis] > 0 && offset[axis] >= shape[axis])) {
      return Error{.message = fmt::format("offset {} is outside {}", list_text(offset),
                                          type_text(op.input(0)))};
    }
  }
  return std::vector<TensorType>{op.input(0)};
}

Movement movement_swap_dim_inner(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  const IntList& offset = op.attrs().integers("offset");
  const std::vector<std::int64_t> strides = dense_strides(shape);
  // Doubled for each axis with an offset: [offset, n) goes to 0, [0, offset) after it.
  std::vector<StridedCopy> copies = {
      {.extents = shape, .operand_strides = strides, .result_strides = strides}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (offset[axis] == 0) continue;
    std::vector<StridedCopy> halves;
    for (StridedCopy& copy : copies) {
      StridedCopy before = copy;
      before.extents[axis] = offset[axis];
      before.result_offset += (shape[axis] - offset[axis]) * strides[axis];
      copy.extents[axis] = shape[axis] - offset[axis];
      copy.operand_offset += offset[axis] * strides[axis];
      halves.push_back(std::move(copy));
      halves.push_back(std::move(before));
    }
    copies = std::move(halves);
  }
  Movement movement;
  for (StridedCopy& copy : copies)
    movement.copies.push_back(simplified(std::move(copy)));
  return movement;
}

/// The local form exchanges parts of axes other than the first, for images as a whole.
std::vector<bool> divisible_images_swap_dim_inner(const OpView& op) {
  std::vector<bool> axes(op.result().rank(), false);
  axes[0] = op.attrs().integers("offset")[0] == 0;
  return axes;
}

Region input_region_swap_dim_inner(const OpView& op, std::size_t /*operand*/,
                                   const Region& result) {
  Region region = whole(op.input(0).shape);
  if (op.attrs().integers("offset")[0] == 0) region[0] = result[0];
  return region;
}

LocalAnswer local_obstacle_swap_dim_inner(const LocalQuery& query) {
  if (query.op.result().rank() == 4) return std::nullopt;
  return LocalObstacle{"swap_rank", "SwapDimInner is local for four axes only"};
}

TPU_REGISTER(register_op({.name = "SwapDimInner",
                          .summary = "rotates along axes (roll)",
                          .attributes = {{"offset", IntList{},
                                          "for each axis the index that becomes the first", true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_swap_dim_inner,
                          .evaluate = evaluate_movement<movement_swap_dim_inner>,
                          .movement = movement_swap_dim_inner,
                          .input_region = input_region_swap_dim_inner,
                          .divisible_axes = divisible_images_swap_dim_inner,
                          .local_obstacle = local_obstacle_swap_dim_inner}));

/// Elements begin to end - 1 of one axis.
std::string part(OnnxEmission& out, const std::string& x, std::size_t axis, std::int64_t begin,
                 std::int64_t end) {
  return out.add("Slice", {x, out.integers({begin}), out.integers({end}),
                           out.integers({static_cast<std::int64_t>(axis)})});
}

/// What exporters write: for each axis the two parts, concatenated the other way round.
Status emit_swap_dim_inner(OnnxEmission& out) {
  const Shape& shape = out.view().input(0).shape;
  const IntList& offset = out.attrs().integers("offset");
  std::string x = out.input(0);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (offset[axis] == 0) continue;
    const std::string behind = part(out, x, axis, offset[axis], shape[axis]);
    const std::string before = part(out, x, axis, 0, offset[axis]);
    x = out.add("Concat", {behind, before}, {{"axis", static_cast<std::int64_t>(axis)}});
  }
  return out.finish("Identity", {x});
}

TPU_REGISTER(register_onnx_emission("SwapDimInner", emit_swap_dim_inner));

}  // namespace
}  // namespace tpuscope
