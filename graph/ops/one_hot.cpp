// OneHot: a new axis of `depth` elements that hold the off value, except the one that the index
// names, which holds the on value. Indices outside -depth..depth-1 give off values only.

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

Result<std::size_t> new_axis(const OpView& op) {
  return normalised_axis(op.attrs().integer("axis"), op.input(0).rank() + 1);
}

Result<std::vector<TensorType>> infer_one_hot(const OpView& op) {
  const std::int64_t depth = op.attrs().integer("depth");
  if (depth < 1) return Error{.message = fmt::format("depth is {}, not positive", depth)};
  if (op.input(1).shape != Shape{2}) {
    return Error{.message = fmt::format("off and on value are {}, not two elements",
                                        type_text(op.input(1)))};
  }
  TPU_TRY(const std::size_t axis, new_axis(op));
  Shape shape = op.input(0).shape;
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), depth);
  return std::vector<TensorType>{{op.input(1).dtype, shape}};
}

Result<std::vector<HostTensor>> evaluate_one_hot(const OpView& op,
                                                 std::span<const HostTensor> inputs) {
  TPU_TRY(const std::size_t axis, new_axis(op));
  const std::int64_t depth = op.attrs().integer("depth");
  const Shape& shape = op.result().shape;
  const std::int64_t inner = element_count(shape, axis + 1, shape.size());
  HostTensor result{
      op.result(),
      std::vector<double>(static_cast<std::size_t>(op.result().elements()), inputs[1][0])};
  for (std::int64_t i = 0; i < inputs[0].elements(); ++i) {
    const std::int64_t index = saturated_integer(inputs[0][i]);
    if (index < -depth || index >= depth) continue;
    const std::int64_t position = index < 0 ? index + depth : index;
    result[(i / inner * depth + position) * inner + i % inner] = inputs[1][1];
  }
  return std::vector<HostTensor>{std::move(result)};
}

Movement movement_one_hot(const OpView& op) {
  return {.fill_elements = op.result().elements(),
          .gather_runs = op.input(0).elements(),
          .gather_run_elements = 1};
}

OnnxValues translate_one_hot(OnnxNode& node) {
  TPU_TRY(const Value indices, node.input(0));
  TPU_TRY(const IntList depth, node.integers(1));
  TPU_TRY(const Value values, node.input(2));
  if (depth.size() != 1) {
    return Error{.message = fmt::format("depth has {} elements, not one", depth.size())};
  }
  return single(node.add("OneHot", {{"depth", depth[0]}, {"axis", node.integer("axis", -1)}},
                         {indices, values}));
}

TPU_REGISTER(register_op({.name = "OneHot",
                          .summary = "indices as axes that are off but for one element",
                          .operands = {2, 2},
                          .attributes = {{"depth", std::int64_t{0}, "extent of the new axis", true},
                                         {"axis", std::int64_t{-1},
                                          "place of the new axis in the result"}},
                          .layout = LayoutRule::kMovement,
                          .infer = infer_one_hot,
                          .evaluate = evaluate_one_hot,
                          .movement = movement_one_hot}) &&
             register_onnx("OneHot", translate_one_hot));

Status emit_one_hot(OnnxEmission& out) {
  const auto depth = static_cast<double>(out.attrs().integer("depth"));
  return out.finish(
      "OneHot", {out.input(0), out.constant(HostTensor::scalar(DType::kI64, depth)), out.input(1)},
      {{"axis", out.attrs().integer("axis")}});
}

TPU_REGISTER(register_onnx_emission("OneHot", emit_one_hot));

}  // namespace
}  // namespace tpuscope
