// GroupNorm and InstanceNorm: normalisation of each image's groups of channels, or of each channel,
// with a scale and a bias per channel.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/by_name.h"
#include "graph/ops/normalise.h"

namespace tpuscope {
namespace {

std::int64_t groups_of(const OpView& op) {
  const AttributeValue* groups = op.attrs().find("groups");
  return groups == nullptr ? op.input(0).shape[1] : op.attrs().integer("groups");
}

/// x as [n, groups, channels of a group, elements of a channel]: each group is one row.
Shape grouped_shape(const OpView& op) {
  const Shape& shape = op.input(0).shape;
  const std::int64_t groups = groups_of(op);
  const std::int64_t group_channels = groups > 0 ? shape[1] / groups : 0;
  return {shape[0], groups, group_channels, element_count(shape, 2, shape.size())};
}

Result<std::vector<TensorType>> infer_group_norm(const OpView& op) {
  TPU_TRY_STATUS(check_channel_operands(op, 1));
  const std::int64_t groups = groups_of(op);
  const std::int64_t channels = op.input(0).shape[1];
  if (op.attrs().find("groups") != nullptr && (groups < 1 || channels % groups != 0)) {
    return Error{.message =
                     fmt::format("{} channels do not divide in {} groups", channels, groups)};
  }
  return std::vector<TensorType>{op.input(0)};
}

Result<std::vector<HostTensor>> evaluate_group_norm(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  const Shape shape = grouped_shape(op);
  HostTensor y = normalised_rows(inputs[0], rows_of(shape, axes_from(4, 2)),
                                 op.attrs().number("epsilon"), Centring::kMean);
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const std::int64_t c = i / shape[3] % op.input(0).shape[1];
    y[i] = y[i] * inputs[1][c] + inputs[2][c];
  }
  return std::vector<HostTensor>{y};
}

Work work_group(const OpView& op) {
  return normalisation_work(op.result().dtype, grouped_shape(op), axes_from(4, 2), Centring::kMean,
                            2);
}

Work work_instance(const OpView& op) {
  const Shape& shape = op.result().shape;
  Work work =
      normalisation_work(op.result().dtype, shape, axes_from(shape.size(), 2), Centring::kMean, 0);
  // The centred elements were squared in place; one linear instruction scales a channel and adds.
  WorkStep pass = step_over(shape, WorkUnit::kArith);
  pass.operands = 2;
  work.insert(work.end() - 1, pass);
  work.push_back(pass);
  return work;
}

std::vector<bool> divisible_images_group_norm(const OpView& op) {
  return one_axis(op.result().rank(), 0);
}

std::vector<bool> positions_of_image(const OpView& op) {
  return axes_from(op.input(0).rank(), 2);
}

std::vector<bool> divisible_channels(const OpView& op) {
  std::vector<bool> axes = one_axis(op.result().rank(), 0);
  axes[1] = true;
  return axes;
}

const AttributeDef kEpsilon = {"epsilon", 1e-5, "added to the variance"};

TPU_REGISTER(register_op({.name = "GroupNorm",
                          .summary = "groups of channels to mean 0 and variance 1: x, scale, bias",
                          .operands = {3, 3},
                          .attributes = {kEpsilon, {"groups", 1, "groups of channels", true}},
                          .infer = infer_group_norm,
                          .evaluate = evaluate_group_norm,
                          .work = work_group,
                          .input_region = channel_operand_region,
                          .divisible_axes = divisible_images_group_norm,
                          .image_axes = positions_of_image,
                          .local_obstacle = always_local}) &&
             register_op({.name = "InstanceNorm",
                          .summary = "each channel to mean 0 and variance 1: x, scale, bias",
                          .operands = {3, 3},
                          .attributes = {kEpsilon},
                          .infer = infer_group_norm,
                          .evaluate = evaluate_group_norm,
                          .work = work_instance,
                          .input_region = channel_operand_region,
                          .divisible_axes = divisible_channels,
                          .image_axes = positions_of_image,
                          .local_obstacle = always_local}));

/// Before opset 21 the operands have one entry per group: each is repeated for its channels.
Result<Value> per_channel(OnnxNode& node, Value value, std::int64_t channels) {
  const TensorType type = node.graph().type(value);
  if (node.opset >= 21 || type.rank() != 1 || type.shape[0] == channels || type.shape[0] < 1 ||
      channels % type.shape[0] != 0) {
    return value;
  }
  const std::int64_t repeats = channels / type.shape[0];
  TPU_TRY(const Value column, node.add("Reshape", {{"shape", IntList{type.shape[0], 1}}}, {value}));
  const std::vector<Value> copies(static_cast<std::size_t>(repeats), column);
  TPU_TRY(const Value table, node.add("Concat", {{"axis", 1}}, copies));
  return node.add("Reshape", {{"shape", IntList{channels}}}, {table});
}

OnnxValues translate_group(OnnxNode& node) {
  TPU_TRY(std::vector<Value> operands, node.all_inputs());
  if (operands.size() == 3 && node.type(0).rank() > 1) {
    const std::int64_t channels = node.type(0).shape[1];
    TPU_TRY(operands[1], per_channel(node, operands[1], channels));
    TPU_TRY(operands[2], per_channel(node, operands[2], channels));
  }
  return single(node.add(
      "GroupNorm",
      {{"epsilon", node.number("epsilon", 1e-5)}, {"groups", node.integer("num_groups", 0)}},
      operands));
}

OnnxValues translate_instance(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> operands, node.all_inputs());
  return single(node.add("InstanceNorm", {{"epsilon", node.number("epsilon", 1e-5)}}, operands));
}

TPU_REGISTER(register_onnx("GroupNormalization", translate_group) &&
             register_onnx("InstanceNormalization", translate_instance));

/// GroupNormalization is newer than the operator set: the norm of each group's elements as the
/// instances of a tensor whose channels are the groups.
Status emit_group(OnnxEmission& out) {
  const TensorType& x = out.view().input(0);
  const std::int64_t groups = out.attrs().integer("groups");
  const std::string grouped =
      out.add("Reshape", {out.input(0), out.integers({x.shape[0], groups, -1})});
  const HostTensor zeros = HostTensor::zeros({x.dtype, {groups}});
  HostTensor ones = zeros;
  ones.values.assign(ones.values.size(), 1.0);
  const std::string normal =
      out.add("InstanceNormalization", {grouped, out.constant(ones), out.constant(zeros)},
              {{"epsilon", out.attrs().number("epsilon")}});
  const std::string y = out.add("Reshape", {normal, out.integers(x.shape)});
  IntList per_channel(x.rank() - 1, 1);
  per_channel[0] = x.shape[1];
  const std::string scale = out.add("Reshape", {out.input(1), out.integers(per_channel)});
  const std::string bias = out.add("Reshape", {out.input(2), out.integers(per_channel)});
  return out.finish("Add", {out.add("Mul", {y, scale}), bias});
}

Status emit_instance(OnnxEmission& out) {
  return emit_as(out, "InstanceNormalization");
}

TPU_REGISTER(register_onnx_emission("GroupNorm", emit_group) &&
             register_onnx_emission("InstanceNorm", emit_instance));

}  // namespace
}  // namespace tpuscope
