// Norms as ONNX Runtime's optimisers write them: together with the residual sum, the bias or the
// embeddings that they normalise. Each is taken apart into ops of ours.

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// `value` plus input `operand`, where there is one.
Result<Value> plus_input(OnnxNode& node, Value value, std::size_t operand) {
  if (!node.has_input(operand)) return value;
  return node.add("Add", {}, {value, *node.inputs[operand]});
}

/// A norm of rows of `x` with the inputs `first` (scale) and, where it exists, `first + 1` (bias).
Result<Value> row_norm(OnnxNode& node, std::string_view type, Value x, std::size_t scale,
                       std::optional<std::size_t> bias) {
  TPU_TRY(const Value factor, node.input(scale));
  std::vector<Value> operands = {x, factor};
  if (bias && node.has_input(*bias)) operands.push_back(*node.inputs[*bias]);
  return node.add(type, {{"axis", -1}, {"epsilon", node.number("epsilon", 1e-12)}}, operands);
}

/// The results of a norm of a sum: mean and deviation (outputs 1 and 2) exist in training only.
OnnxValues norm_and_sum(const OnnxNode& node, Value norm, Value sum) {
  for (const std::size_t statistic : {1U, 2U}) {
    if (statistic < node.output_used.size() && node.output_used[statistic]) {
      return unsupported(node, fmt::format("output {}, a statistic of training,", statistic));
    }
  }
  return std::vector<Value>{norm, norm, norm, sum};
}

/// input, skip, gamma, beta, bias.
OnnxValues translate_skip_layer_norm(OnnxNode& node) {
  TPU_TRY(Value sum, node.input(0));
  TPU_TRY(sum, plus_input(node, sum, 4));
  TPU_TRY(sum, plus_input(node, sum, 1));
  TPU_TRY(const Value norm, row_norm(node, "LayerNorm", sum, 2, 3));
  return norm_and_sum(node, norm, sum);
}

/// input, skip, gamma, bias.
OnnxValues translate_skip_simplified(OnnxNode& node) {
  TPU_TRY(Value sum, node.input(0));
  TPU_TRY(sum, plus_input(node, sum, 3));
  TPU_TRY(sum, plus_input(node, sum, 1));
  TPU_TRY(const Value norm, row_norm(node, "RmsNorm", sum, 2, std::nullopt));
  return norm_and_sum(node, norm, sum);
}

/// Rows of the table at input `table`, picked by input `indices`.
Result<Value> embedded(OnnxNode& node, std::size_t table, Value indices) {
  TPU_TRY(const Value rows, node.input(table));
  return node.add("Gather", {{"axis", 0}}, {rows, indices});
}

/// The number of tokens of each row that the mask keeps, as Attention reads it.
Result<Value> mask_lengths(OnnxNode& node, Value ids) {
  if (!node.has_input(7)) {
    const Shape& shape = node.graph().type(ids).shape;
    return filled_constant(node, {DType::kI32, {shape.empty() ? 1 : shape[0]}}, 0);
  }
  const IntList last = {-1};
  TPU_TRY(const Value sum,
          node.add("Reduce", {{"mode", std::string("sum")}, {"axes", last}, {"keepdims", false}},
                   {*node.inputs[7]}));
  return node.add("Cast", {{"to", std::string("i32")}}, {sum});
}

/// ids, segments, and the tables of words, positions and segments; gamma, beta; mask; positions.
OnnxValues translate_embed_layer_norm(OnnxNode& node) {
  TPU_TRY(const Value ids, node.input(0));
  const Shape shape = node.graph().type(ids).shape;
  if (shape.size() != 2) return Error{.message = "the ids are no matrix of batch and length"};
  TPU_TRY(Value sum, embedded(node, 2, ids));
  Value positions{};
  if (node.has_input(8)) {
    positions = *node.inputs[8];
  } else {
    HostTensor counted = HostTensor::zeros({DType::kI64, {1, shape[1]}});
    for (std::int64_t i = 0; i < shape[1]; ++i)
      counted[i] = static_cast<double>(i);
    positions = node.constant_of(std::move(counted));
  }
  TPU_TRY(const Value placed, embedded(node, 3, positions));
  TPU_TRY(sum, node.add("Add", {}, {sum, placed}));
  if (node.has_input(1) && node.has_input(4)) {
    TPU_TRY(const Value segments, embedded(node, 4, *node.inputs[1]));
    TPU_TRY(sum, node.add("Add", {}, {sum, segments}));
  }
  TPU_TRY(const Value norm, row_norm(node, "LayerNorm", sum, 5, 6));
  std::vector<Value> results = {norm};
  if (node.output_used.size() > 1) {
    TPU_TRY(const Value lengths, mask_lengths(node, ids));
    results.push_back(lengths);
    results.push_back(sum);
  }
  return results;
}

/// x, bias, and what is added to both.
OnnxValues translate_bias_add(OnnxNode& node) {
  TPU_TRY(Value sum, node.input(0));
  TPU_TRY(sum, plus_input(node, sum, 1));
  return single(plus_input(node, sum, 2));
}

TPU_REGISTER(register_onnx("com.microsoft.BiasAdd", translate_bias_add) &&
             register_onnx("com.microsoft.SkipLayerNormalization", translate_skip_layer_norm) &&
             register_onnx("com.microsoft.SkipSimplifiedLayerNormalization",
                           translate_skip_simplified) &&
             register_onnx("com.microsoft.EmbedLayerNormalization", translate_embed_layer_norm));

/// A norm of groups of channels of `x`, channels last as diffusion pipelines keep them (or first),
/// followed by SiLU where the node says so.
Result<Value> grouped_norm(OnnxNode& node, Value x) {
  const bool channels_last = node.integer("channels_last", 1) != 0;
  const std::size_t rank = node.graph().type(x).rank();
  if (rank < 3) return Error{.message = "the tensor has no spatial axes"};
  IntList first = {0, static_cast<std::int64_t>(rank) - 1};
  IntList last = {0};
  for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
    first.push_back(static_cast<std::int64_t>(axis));
    last.push_back(static_cast<std::int64_t>(axis) + 1);
  }
  last.push_back(1);
  if (channels_last) {
    TPU_TRY(x, node.add("Permute", {{"order", first}}, {x}));
  }
  TPU_TRY(const Value scale, node.input(1));
  TPU_TRY(const Value bias, node.input(2));
  TPU_TRY(Value y, node.add("GroupNorm",
                            {{"epsilon", node.number("epsilon", 1e-5)},
                             {"groups", node.integer("groups", 1)}},
                            {x, scale, bias}));
  if (node.integer("activation", 0) == 1) {
    TPU_TRY(y, node.add("Silu", {}, {y}));
  }
  if (!channels_last) return y;
  return node.add("Permute", {{"order", last}}, {y});
}

OnnxValues translate_group_norm(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  return single(grouped_norm(node, x));
}

/// x, gamma, beta, skip, bias; the second result is the sum.
OnnxValues translate_skip_group_norm(OnnxNode& node) {
  TPU_TRY(Value sum, node.input(0));
  TPU_TRY(sum, plus_input(node, sum, 4));
  TPU_TRY(sum, plus_input(node, sum, 3));
  TPU_TRY(const Value norm, grouped_norm(node, sum));
  return std::vector<Value>{norm, sum};
}

TPU_REGISTER(register_onnx("com.microsoft.GroupNorm", translate_group_norm) &&
             register_onnx("com.microsoft.SkipGroupNorm", translate_skip_group_norm));

}  // namespace
}  // namespace tpuscope
