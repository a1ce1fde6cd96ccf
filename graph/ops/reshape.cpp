// Reshape: the same elements in the same order under another shape. Leading axes that both shapes
// share can be cut; beyond them nothing follows simply.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/batch.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_reshape(const OpView& op) {
  const TensorType& input = op.input(0);
  const IntList& shape = op.attrs().integers("shape");
  TPU_TRY_STATUS(check_shape(shape));
  if (element_count(shape) != input.elements()) {
    return Error{.message = fmt::format("{} has {} elements, shape {} has {}", type_text(input),
                                        input.elements(), list_text(shape), element_count(shape))};
  }
  return std::vector<TensorType>{{input.dtype, shape}};
}

std::size_t shared_axes(const OpView& op) {
  const Shape& from = op.input(0).shape;
  const Shape& to = op.result().shape;
  std::size_t shared = 0;
  while (shared < from.size() && shared < to.size() && from[shared] == to[shared])
    ++shared;
  return shared;
}

std::vector<bool> divisible_reshape(const OpView& op) {
  std::vector<bool> axes(op.result().rank(), false);
  const std::size_t shared = shared_axes(op);
  for (std::size_t axis = 0; axis < shared; ++axis)
    axes[axis] = true;
  return axes;
}

Region input_region_reshape(const OpView& op, std::size_t /*operand*/, const Region& result) {
  std::vector<std::size_t> axes(op.input(0).rank(), kWholeAxis);
  const std::size_t shared = shared_axes(op);
  for (std::size_t axis = 0; axis < shared; ++axis)
    axes[axis] = axis;
  return follow_axes(op.input(0).shape, axes, result);
}

/// The axis of the new shape that begins where the operand's batch begins. An axis that both shapes
/// have in one place is preferred, then the outermost.
Result<Attributes> batch_rule_reshape(const OpView& op, const BatchAxis& batch,
                                      const BatchChange& change) {
  const Shape& from = op.input(0).shape;
  IntList to = op.attrs().integers("shape");
  const std::int64_t before = element_count(from, 0, batch.axis);
  const auto begins_batch = [&](std::size_t axis) {
    return element_count(to, 0, axis) == before && to[axis] > 0 && to[axis] % change.from == 0;
  };
  std::size_t axis = batch.axis;
  if (shared_axes(op) < axis || axis >= to.size() || !begins_batch(axis)) {
    axis = 0;
    while (axis < to.size() && !begins_batch(axis))
      ++axis;
  }
  if (axis == to.size()) {
    return Error{.message = fmt::format("shape {} has no axis that begins with axis {} of {}",
                                        list_text(to), batch.axis, type_text(op.input(0)))};
  }
  to[axis] = change.scaled(to[axis]);
  Attributes attributes = op.attrs();
  attributes.set("shape", to);
  return attributes;
}

Result<Value> reshape(OnnxNode& node, Value x, const Shape& shape) {
  if (node.graph().type(x).shape == shape) return x;
  return node.add("Reshape", {{"shape", shape}}, {x});
}

OnnxValues translate_reshape(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const std::optional<IntList> given, list_by_opset(node, "shape", 1));
  if (!given) return Error{.message = "Reshape needs a shape"};
  const TensorType type = node.graph().type(x);
  Shape shape = *given;
  std::optional<std::size_t> open;  // the axis of -1
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0 && node.integer("allowzero", 0) == 0) {
      if (axis >= type.rank()) {
        return Error{.message = fmt::format("shape {} copies axis {}, which {} does not have",
                                            list_text(*given), axis, type_text(type))};
      }
      shape[axis] = type.shape[axis];
    } else if (shape[axis] == -1) {
      if (open) {
        return Error{.message = fmt::format("shape {} leaves two axes open", list_text(*given))};
      }
      open = axis;
      shape[axis] = 1;
    }
  }
  TPU_TRY_STATUS(check_shape(shape));
  if (open) {
    const std::int64_t others = element_count(shape);
    if (others == 0 || type.elements() % others != 0) {
      return Error{.message =
                       fmt::format("{} has {} elements, not a multiple of {} for shape {}",
                                   type_text(type), type.elements(), others, list_text(*given))};
    }
    shape[*open] = type.elements() / others;
  }
  return single(reshape(node, x, shape));
}

OnnxValues translate_flatten(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape shape = node.graph().type(x).shape;
  const std::int64_t axis = node.integer("axis", 1);
  // Unlike other axes, this one may equal the rank: all axes then go to the first.
  std::size_t split = shape.size();
  if (axis != static_cast<std::int64_t>(shape.size())) {
    TPU_TRY(split, normalised_axis(axis, shape.size()));
  }
  return single(reshape(
      node, x, {element_count(shape, 0, split), element_count(shape, split, shape.size())}));
}

TPU_REGISTER(register_op({.name = "Reshape",
                          .summary = "the same elements under another shape",
                          .attributes = {{"shape", IntList{}, "shape of the result", true}},
                          .layout = LayoutRule::kView,
                          .infer = infer_reshape,
                          .evaluate = evaluate_view,
                          .input_region = input_region_reshape,
                          .divisible_axes = divisible_reshape,
                          .local_obstacle = local_reshape}) &&
             register_batch_rule({"Reshape", batch_rule_reshape}) &&
             register_onnx("Reshape", translate_reshape) &&
             register_onnx("Flatten", translate_flatten));

Status emit_reshape(OnnxEmission& out) {
  const IntList& shape = out.attrs().integers("shape");
  Attributes attributes;
  // Without it a 0 copies the operand's extent.
  if (element_count(shape) == 0) attributes.set("allowzero", std::int64_t{1});
  return out.finish("Reshape", {out.input(0), out.integers(shape)}, attributes);
}

TPU_REGISTER(register_onnx_emission("Reshape", emit_reshape));

}  // namespace
}  // namespace tpuscope
