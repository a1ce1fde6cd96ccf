// Tile: the operand repeated along each axis. One copy that sees every axis as two: the repeats,
// with a stride of 0, and the elements.

#include <algorithm>

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_tile(const OpView& op) {
  TensorType result = op.input(0);
  TPU_TRY_STATUS(check_list_length(op, "repeats", result.rank()));
  for (std::size_t axis = 0; axis < result.rank(); ++axis) {
    const std::int64_t repeat = op.attrs().integers("repeats")[axis];
    if (repeat < 0 || repeat > kMaxElements / std::max<std::int64_t>(result.shape[axis], 1)) {
      return Error{.message = fmt::format("axis {} of {} cannot be repeated {} times", axis,
                                          type_text(op.input(0)), repeat)};
    }
    result.shape[axis] *= repeat;
  }
  return std::vector<TensorType>{std::move(result)};
}

Movement movement_tile(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  const std::vector<std::int64_t> strides = dense_strides(shape);
  Shape extents;
  std::vector<std::int64_t> operand_strides;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    extents.push_back(op.attrs().integers("repeats")[axis]);
    extents.push_back(shape[axis]);
    operand_strides.push_back(0);
    operand_strides.push_back(strides[axis]);
  }
  return {.copies = {whole_result(extents, std::move(operand_strides))}};
}

std::vector<bool> divisible_tile(const OpView& op) {
  std::vector<bool> axes;
  for (const std::int64_t repeat : op.attrs().integers("repeats"))
    axes.push_back(repeat == 1);
  return axes;
}

Region input_region_tile(const OpView& op, std::size_t /*operand*/, const Region& result) {
  std::vector<std::size_t> axes(result.size(), kWholeAxis);
  const std::vector<bool> kept = divisible_tile(op);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (kept[axis]) axes[axis] = axis;
  }
  return follow_axes(op.input(0).shape, axes, result);
}

OnnxValues translate_tile(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const IntList repeats, node.integers(1));
  const bool once =
      std::all_of(repeats.begin(), repeats.end(), [](std::int64_t repeat) { return repeat == 1; });
  if (once && repeats.size() == node.graph().type(x).rank()) return std::vector<Value>{x};
  return single(node.add("Tile", {{"repeats", repeats}}, {x}));
}

TPU_REGISTER(register_op({.name = "Tile",
                          .summary = "the operand repeated along each axis",
                          .attributes = {{"repeats", IntList{}, "repetitions per axis", true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_tile,
                          .evaluate = evaluate_movement<movement_tile>,
                          .movement = movement_tile,
                          .input_region = input_region_tile,
                          .divisible_axes = divisible_tile}) &&
             register_onnx("Tile", translate_tile));

Status emit_tile(OnnxEmission& out) {
  return out.finish(out.op().def->name,
                    {out.input(0), out.integers(out.attrs().integers("repeats"))});
}

TPU_REGISTER(register_onnx_emission("Tile", emit_tile));

}  // namespace
}  // namespace tpuscope
