// Permute: the axes in another order. One strided copy, reduced to the axes that really move, so
// that its price depends on the runs it makes and not on how the exporter wrote the shape.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"
#include "graph/permutation.h"

namespace tpuscope {
namespace {

Permutation order_of(const OpView& op) {
  return *Permutation::from(op.attrs().integers("order"));
}

Result<std::vector<TensorType>> infer_permute(const OpView& op) {
  const TensorType& input = op.input(0);
  TPU_TRY_STATUS(check_list_length(op, "order", input.rank()));
  const IntList& list = op.attrs().integers("order");
  const std::optional<Permutation> order = Permutation::from(list);
  if (!order) {
    return Error{.message = fmt::format("order {} does not name each axis once", list_text(list)),
                 .hint = fmt::format("a permutation of 0..{}", static_cast<int>(input.rank()) - 1)};
  }
  return std::vector<TensorType>{{input.dtype, order->apply(input.shape)}};
}

Movement movement_permute(const OpView& op) {
  const std::vector<std::int64_t> strides = dense_strides(op.input(0).shape);
  const Permutation order = order_of(op);
  return {.copies = {whole_result(op.result().shape, order.apply(strides))}};
}

Region input_region_permute(const OpView& op, std::size_t /*operand*/, const Region& result) {
  const Permutation inverse = order_of(op).inverse();
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < inverse.rank(); ++axis)
    axes.push_back(inverse[axis]);
  return follow_axes(op.input(0).shape, axes, result);
}

OnnxValues translate_permute(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const std::vector<std::int64_t> identity =
      Permutation::identity(node.graph().type(x).rank()).to_list();
  const IntList order = node.integers("perm", IntList(identity.rbegin(), identity.rend()));
  return single(node.add("Permute", {{"order", order}}, {x}));
}

TPU_REGISTER(register_op({.name = "Permute",
                          .summary = "result axis i is operand axis order[i]",
                          .attributes = {{"order", IntList{}, "operand axis of each result axis",
                                          true}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_permute,
                          .evaluate = evaluate_movement<movement_permute>,
                          .movement = movement_permute,
                          .input_region = input_region_permute,
                          .divisible_axes = all_axes}) &&
             register_onnx("Transpose", translate_permute));

Status emit_permute(OnnxEmission& out) {
  return out.finish("Transpose", out.inputs(), {{"perm", out.attrs().integers("order")}});
}

TPU_REGISTER(register_onnx_emission("Permute", emit_permute));

}  // namespace
}  // namespace tpuscope
