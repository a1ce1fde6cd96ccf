// BatchNorm: inference form, with the statistics as constants: (x - mean) / sqrt(var + epsilon) *
// scale + bias per channel. The compiler folds that to one factor and one addend per channel.

#include <cmath>

#include "graph/onnx/emission.h"
#include "graph/ops/by_name.h"
#include "graph/ops/normalise.h"

namespace tpuscope {
namespace {

Result<std::vector<TensorType>> infer_batch_norm(const OpView& op) {
  TPU_TRY_STATUS(check_channel_operands(op, 1));
  return std::vector<TensorType>{op.input(0)};
}

Result<std::vector<HostTensor>> evaluate_batch_norm(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  const double epsilon = op.attrs().number("epsilon");
  HostTensor y = inputs[0];
  const std::int64_t map = element_count(y.shape(), 2, y.shape().size());
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const std::int64_t c = i / map % y.shape()[1];
    const double factor = inputs[1][c] / std::sqrt(inputs[4][c] + epsilon);
    y[i] = (y[i] - inputs[3][c]) * factor + inputs[2][c];
  }
  return std::vector<HostTensor>{y};
}

Work work_batch_norm(const OpView& op) {
  WorkStep scale = step_over(op.result().shape, WorkUnit::kDepthwise);
  scale.weighted = true;
  scale.prepares = true;
  return {scale};
}

std::vector<bool> divisible_axes_batch_norm(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

TPU_REGISTER(
    register_op({.name = "BatchNorm",
                 .summary = "channels scaled with fixed statistics: x, scale, bias, mean, variance",
                 .operands = {5, 5},
                 .attributes = {{"epsilon", 1e-5, "added to the variance"}},
                 .infer = infer_batch_norm,
                 .evaluate = evaluate_batch_norm,
                 .work = work_batch_norm,
                 .input_region = channel_operand_region,
                 .divisible_axes = divisible_axes_batch_norm,
                 .local_obstacle = always_local}));

OnnxValues translate_batch_norm(OnnxNode& node) {
  TPU_TRY_STATUS(check_only_first_output(node));
  if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) != 1) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "only the inference form of BatchNormalization is modelled",
                 .hint = "export the model in evaluation mode"};
  }
  TPU_TRY(const std::vector<Value> operands, node.all_inputs());
  return single(node.add("BatchNorm", {{"epsilon", node.number("epsilon", 1e-5)}}, operands));
}

TPU_REGISTER(register_onnx("BatchNormalization", translate_batch_norm));

Status emit_batch_norm(OnnxEmission& out) {
  return emit_as(out, "BatchNormalization");
}

TPU_REGISTER(register_onnx_emission("BatchNorm", emit_batch_norm));

}  // namespace
}  // namespace tpuscope
