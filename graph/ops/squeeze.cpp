// Squeeze and Unsqueeze: axes of extent 1 dropped or put in. Views, but not Reshapes: each axis of
// one side is an axis of the other, so tiles pass through them along any axis. They share a file,
// since each is the other one backwards.

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

/// Flags of the listed axes among `rank`; an error for one that does not exist or is named twice.
Result<std::vector<bool>> flags(const IntList& axes, std::size_t rank) {
  std::vector<bool> listed(rank, false);
  for (const std::int64_t axis : axes) {
    TPU_TRY(const std::size_t index, normalised_axis(axis, rank));
    if (listed[index]) {
      return Error{.message = fmt::format("axes {} name axis {} twice", list_text(axes), index)};
    }
    listed[index] = true;
  }
  return listed;
}

Result<std::vector<TensorType>> infer_squeeze(const OpView& op) {
  const TensorType& input = op.input(0);
  TPU_TRY(const std::vector<bool> dropped, flags(op.attrs().integers("axes"), input.rank()));
  Shape shape;
  for (std::size_t axis = 0; axis < input.rank(); ++axis) {
    if (!dropped[axis]) {
      shape.push_back(input.shape[axis]);
    } else if (input.shape[axis] != 1) {
      return Error{.message = fmt::format("axis {} of {} has extent {}, not 1", axis,
                                          type_text(input), input.shape[axis])};
    }
  }
  return std::vector<TensorType>{{input.dtype, shape}};
}

Result<std::vector<TensorType>> infer_unsqueeze(const OpView& op) {
  const TensorType& input = op.input(0);
  const IntList& axes = op.attrs().integers("axes");
  TPU_TRY(const std::vector<bool> added, flags(axes, input.rank() + axes.size()));
  Shape shape;
  auto next = input.shape.begin();
  for (const bool is_new : added)
    shape.push_back(is_new ? 1 : *next++);
  return std::vector<TensorType>{{input.dtype, shape}};
}

Region region_squeeze(const OpView& op, std::size_t /*operand*/, const Region& result) {
  const Shape& shape = op.input(0).shape;
  const std::vector<bool> dropped = *flags(op.attrs().integers("axes"), shape.size());
  std::vector<std::size_t> axes;
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    axes.push_back(dropped[axis] ? kWholeAxis : next++);
  return follow_axes(shape, axes, result);
}

Region region_unsqueeze(const OpView& op, std::size_t /*operand*/, const Region& result) {
  const std::vector<bool> added = *flags(op.attrs().integers("axes"), result.size());
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < result.size(); ++axis) {
    if (!added[axis]) axes.push_back(axis);
  }
  return follow_axes(op.input(0).shape, axes, result);
}

/// Axes counted from the front and in order, so that equal ops look equal.
Result<IntList> sorted_axes(IntList axes, std::size_t rank) {
  for (std::int64_t& axis : axes) {
    TPU_TRY(const std::size_t index, normalised_axis(axis, rank));
    axis = static_cast<std::int64_t>(index);
  }
  std::sort(axes.begin(), axes.end());
  return axes;
}

OnnxValues translate_squeeze(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(std::optional<IntList> axes, list_by_opset(node, "axes", 1));
  const Shape shape = node.graph().type(x).shape;
  if (!axes) {
    axes.emplace();
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) axes->push_back(static_cast<std::int64_t>(axis));
    }
  }
  if (axes->empty()) return std::vector<Value>{x};
  TPU_TRY(const IntList sorted, sorted_axes(*axes, shape.size()));
  return single(node.add("Squeeze", {{"axes", sorted}}, {x}));
}

OnnxValues translate_unsqueeze(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const std::optional<IntList> axes, list_by_opset(node, "axes", 1));
  if (!axes) return Error{.message = "Unsqueeze needs axes"};
  if (axes->empty()) return std::vector<Value>{x};
  TPU_TRY(const IntList sorted, sorted_axes(*axes, node.graph().type(x).rank() + axes->size()));
  return single(node.add("Unsqueeze", {{"axes", sorted}}, {x}));
}

TPU_REGISTER(register_op({.name = "Squeeze",
                          .summary = "axes of extent 1 dropped",
                          .attributes = {{"axes", IntList{}, "operand axes to drop", true}},
                          .layout = LayoutRule::kView,
                          .infer = infer_squeeze,
                          .evaluate = evaluate_view,
                          .input_region = region_squeeze,
                          .divisible_axes = all_axes,
                          .local_obstacle = local_squeeze}) &&
             register_op({.name = "Unsqueeze",
                          .summary = "axes of extent 1 put in",
                          .attributes = {{"axes", IntList{}, "result axes that are new", true}},
                          .layout = LayoutRule::kView,
                          .infer = infer_unsqueeze,
                          .evaluate = evaluate_view,
                          .input_region = region_unsqueeze,
                          .divisible_axes = all_axes,
                          .local_obstacle = local_squeeze}) &&
             register_onnx("Squeeze", translate_squeeze) &&
             register_onnx("Unsqueeze", translate_unsqueeze));

Status emit_squeeze(OnnxEmission& out) {
  return out.finish(out.op().def->name, {out.input(0), out.integers(out.attrs().integers("axes"))});
}

TPU_REGISTER(register_onnx_emission("Squeeze", emit_squeeze) &&
             register_onnx_emission("Unsqueeze", emit_squeeze));

}  // namespace
}  // namespace tpuscope
