// LayerNorm and RmsNorm: normalisation over all axes from "axis" on, with a scale and (LayerNorm) a
// bias that broadcast over those axes.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/normalise.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_layer_norm(const OpView& op) {
  TPU_TRY(std::vector<TensorType> result, infer_along_axis(op));
  const Shape& shape = op.input(0).shape;
  const Shape row(shape.begin() + static_cast<std::ptrdiff_t>(checked_axis(op)), shape.end());
  for (std::size_t operand = 1; operand < op.inputs.size(); ++operand) {
    const Result<Shape> fits = broadcast(row, op.input(operand).shape);
    if (fits.ok() && *fits == row) continue;
    return Error{.message = fmt::format("operand {} is {}, the rows are {}", operand,
                                        type_text(op.input(operand)), list_text(row))};
  }
  return result;
}

HostTensor affine(HostTensor y, std::span<const HostTensor> inputs) {
  for (std::size_t operand = 1; operand < inputs.size(); ++operand) {
    const Shape& shape = y.shape();
    for_each_offset<2>(shape,
                       {dense_strides(shape), broadcast_strides(inputs[operand].shape(), shape)},
                       {}, [&](const std::array<std::int64_t, 2>& at) {
                         const double value = inputs[operand][at[1]];
                         y[at[0]] = operand == 1 ? y[at[0]] * value : y[at[0]] + value;
                       });
  }
  return y;
}

template <Centring centring>
Result<std::vector<HostTensor>> evaluate_layer_norm(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  const Rows rows = rows_of(inputs[0].shape(), row_from_axis(op));
  return std::vector<HostTensor>{
      affine(normalised_rows(inputs[0], rows, op.attrs().number("epsilon"), centring), inputs)};
}

template <Centring centring>
Work work_layer_norm(const OpView& op) {
  return normalisation_work(op.result().dtype, op.result().shape, row_from_axis(op), centring,
                            static_cast<std::int64_t>(op.inputs.size()) - 1);
}

std::vector<AttributeDef> attributes() {
  return {{"axis", -1, "first axis of the rows; all later axes belong to them"},
          {"epsilon", 1e-5, "added to the variance"}};
}

LocalAnswer local_obstacle_layer_norm(const LocalQuery& query) {
  const std::size_t axis = checked_axis(query.op);
  if (axis > 0 && axis <= 4 && query.op.result().rank() <= 5) return std::nullopt;
  return LocalObstacle{"norm_axis", "rows must begin after the first axis, of at most five"};
}

TPU_REGISTER(register_op({.name = "LayerNorm",
                          .summary = "rows to mean 0 and variance 1: x, scale, bias",
                          .operands = {1, 3},
                          .attributes = attributes(),
                          .layout = LayoutRule::kRows,
                          .infer = infer_layer_norm,
                          .evaluate = evaluate_layer_norm<Centring::kMean>,
                          .work = work_layer_norm<Centring::kMean>,
                          .row_axes = row_from_axis,
                          .local_obstacle = local_obstacle_layer_norm}) &&
             register_op({.name = "RmsNorm",
                          .summary = "rows to a root mean square of 1: x, scale",
                          .operands = {1, 2},
                          .attributes = attributes(),
                          .layout = LayoutRule::kRows,
                          .infer = infer_layer_norm,
                          .evaluate = evaluate_layer_norm<Centring::kNone>,
                          .work = work_layer_norm<Centring::kNone>,
                          .row_axes = row_from_axis,
                          .local_obstacle = local_obstacle_layer_norm}));

Result<Value> add_norm(OnnxNode& node, std::string_view type) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value scale, node.input(1));
  std::vector<Value> operands = {x, scale};
  if (node.has_input(2)) operands.push_back(*node.inputs[2]);
  return node.add(type,
                  {{"axis", node.integer("axis", -1)}, {"epsilon", node.number("epsilon", 1e-5)}},
                  operands);
}

/// Mean and reciprocal deviation of each row, which only training reads.
Result<std::vector<Value>> row_statistics(OnnxNode& node, Value x) {
  const std::size_t rank = node.graph().type(x).rank();
  TPU_TRY(const std::size_t first, normalised_axis(node.integer("axis", -1), rank));
  IntList axes;
  for (std::size_t axis = first; axis < rank; ++axis)
    axes.push_back(static_cast<std::int64_t>(axis));
  const Attributes mean_of{{"mode", std::string("mean")}, {"axes", axes}, {"keepdims", true}};
  TPU_TRY(const Value mean, node.add("Reduce", mean_of, {x}));
  TPU_TRY(const Value centred, node.add("Sub", {}, {x, mean}));
  TPU_TRY(const Value square, node.add("Mul", {}, {centred, centred}));
  TPU_TRY(const Value variance, node.add("Reduce", mean_of, {square}));
  const Value epsilon = node.constant_of(
      HostTensor::scalar(node.graph().type(x).dtype, node.number("epsilon", 1e-5)));
  TPU_TRY(const Value sum, node.add("Add", {}, {variance, epsilon}));
  TPU_TRY(const Value reciprocal, node.add("Rsqrt", {}, {sum}));
  return std::vector<Value>{mean, reciprocal};
}

OnnxValues translate_layer_norm(OnnxNode& node) {
  TPU_TRY(const Value y, add_norm(node, "LayerNorm"));
  std::vector<Value> results = {y};
  bool has_more = false;
  for (std::size_t i = 1; i < node.output_used.size(); ++i)
    has_more = has_more || node.output_used[i];
  if (has_more) {
    TPU_TRY(const std::vector<Value> statistics, row_statistics(node, *node.inputs[0]));
    results.insert(results.end(), statistics.begin(), statistics.end());
  }
  return results;
}
OnnxValues translate_rms_norm(OnnxNode& node) {
  TPU_TRY_STATUS(check_only_first_output(node));
  return single(add_norm(node, "RmsNorm"));
}

TPU_REGISTER(register_onnx("LayerNormalization", translate_layer_norm) &&
             register_onnx("RMSNormalization", translate_rms_norm) &&
             register_onnx("SimplifiedLayerNormalization", translate_rms_norm));

Shape row_shape(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  const std::vector<bool> row = row_from_axis(op);
  Shape result;
  for (std::size_t axis = 0; axis < row.size(); ++axis) {
    if (row[axis]) result.push_back(shape[axis]);
  }
  return result;
}

/// Scale or bias in the rows' full shape, which runtimes demand.
std::string full_row(OnnxEmission& out, std::size_t operand) {
  const Shape row = row_shape(out.view());
  if (out.view().input(operand).shape == row) return out.input(operand);
  return out.add("Expand", {out.input(operand), out.integers(row)});
}

Status emit_layer_norm(OnnxEmission& out) {
  std::vector<std::string> inputs = {out.input(0)};
  if (out.has_input(1)) {
    inputs.push_back(full_row(out, 1));
  } else {
    HostTensor ones = HostTensor::zeros({out.view().input(0).dtype, row_shape(out.view())});
    ones.values.assign(ones.values.size(), 1.0);
    inputs.push_back(out.constant(ones));
  }
  if (out.has_input(2)) inputs.push_back(full_row(out, 2));
  return out.finish("LayerNormalization", inputs, out.attrs());
}

Status emit_rms_norm(OnnxEmission& out) {
  const std::string& x = out.input(0);
  const std::vector<bool> row = row_from_axis(out.view());
  IntList axes;
  for (std::size_t axis = 0; axis < row.size(); ++axis) {
    if (row[axis]) axes.push_back(static_cast<std::int64_t>(axis));
  }
  const std::string mean = out.add("ReduceMean", {out.add("Mul", {x, x}), out.integers(axes)});
  const std::string sum = out.add("Add", {mean, out.scalar(out.attrs().number("epsilon"))});
  const std::string root = out.add("Sqrt", {sum});
  if (!out.has_input(1)) return out.finish("Div", {x, root});
  return out.finish("Mul", {out.add("Div", {x, root}), out.input(1)});
}

TPU_REGISTER(register_onnx_emission("LayerNorm", emit_layer_norm) &&
             register_onnx_emission("RmsNorm", emit_rms_norm));

}  // namespace
}  // namespace tpuscope
