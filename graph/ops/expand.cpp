// Expand: a broadcast that is written out: a stride of 0 along repeated axes.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/batch.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"
#include "graph/ops/offsets.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_expand(const OpView& op) {
  const TensorType& input = op.input(0);
  const IntList& shape = op.attrs().integers("shape");
  TPU_TRY_STATUS(check_shape(shape));
  TPU_TRY(const Shape result, broadcast(input.shape, shape));
  if (result != shape) {
    return Error{.message = fmt::format("{} does not expand to {}, but to {}", type_text(input),
                                        list_text(shape), list_text(result))};
  }
  return std::vector<TensorType>{{input.dtype, shape}};
}

Movement movement_expand(const OpView& op) {
  const Shape& shape = op.result().shape;
  return {.copies = {whole_result(shape, broadcast_strides(op.input(0).shape, shape))}};
}

Region input_region_expand(const OpView& op, std::size_t /*operand*/, const Region& result) {
  const Shape& shape = op.input(0).shape;
  const std::size_t skipped = result.size() - shape.size();
  std::vector<std::size_t> axes(shape.size(), kWholeAxis);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (shape[axis] != 1) axes[axis] = axis + skipped;
  }
  return follow_axes(shape, axes, result);
}

Result<Attributes> batch_rule_expand(const OpView& op, const BatchAxis& batch,
                                     const BatchChange& change) {
  return scale_aligned_extent(op, batch, change, "shape");
}

OnnxValues translate_expand(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const IntList wanted, node.integers(1));
  const Shape from = node.graph().type(x).shape;
  TPU_TRY(const Shape shape, broadcast(from, wanted));  // ONNX allows 1 where the operand has more
  if (shape == from) return std::vector<Value>{x};
  return single(node.add("Expand", {{"shape", shape}}, {x}));
}

TPU_REGISTER(register_op({.name = "Expand",
                          .summary = "the operand broadcast to a shape",
                          .attributes = {{"shape", IntList{}, "shape of the result", true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_expand,
                          .evaluate = evaluate_movement<movement_expand>,
                          .movement = movement_expand,
                          .input_region = input_region_expand,
                          .divisible_axes = all_axes}) &&
             register_batch_rule({"Expand", batch_rule_expand}) &&
             register_onnx("Expand", translate_expand));

Status emit_expand(OnnxEmission& out) {
  return out.finish(out.op().def->name,
                    {out.input(0), out.integers(out.attrs().integers("shape"))});
}

TPU_REGISTER(register_onnx_emission("Expand", emit_expand));

}  // namespace
}  // namespace tpuscope
