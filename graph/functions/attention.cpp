// Attention (operator set 23): scaled products of queries and keys, masks, Softmax, product with
// the values. Queries of heads that share a key head are rows of one product, so keys and values
// are never repeated: [B, kv * g, S, D] seen as [B, kv, g * S, D].

#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/queries.h"

namespace tpuscope {
namespace {

/// Inputs of the node.
enum Input : std::size_t { kQuery, kKey, kValue, kMask, kPastKey, kPastValue, kValidLength };

struct AttentionShape {
  std::int64_t batch = 1;
  std::int64_t heads = 1;     ///< of the queries
  std::int64_t kv_heads = 1;  ///< of keys and values; divides `heads`
  std::int64_t queries = 1;
  std::int64_t keys = 1;  ///< with those of the past
  std::int64_t past = 0;
  Shape scores() const { return {batch, heads, queries, keys}; }
};

/// [B, S, heads * D] as [B, heads, S, D]; tensors of four axes are that already.
Result<Value> with_heads(OnnxNode& node, std::size_t input, std::string_view heads_attribute) {
  TPU_TRY(const Value x, node.input(input));
  const Shape shape = node.type(input).shape;
  if (shape.size() == 4) return x;
  const std::int64_t heads = node.integer(heads_attribute, 0);
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0) {
    return Error{.message = fmt::format("input {} is {}, with {} heads", input,
                                        type_text(node.type(input)), heads)};
  }
  TPU_TRY(const Value split, reshaped(node, x, {shape[0], shape[1], heads, shape[2] / heads}));
  return permuted(node, split, {0, 2, 1, 3});
}

/// Keys or values with those of the past before them.
Result<Value> with_past(OnnxNode& node, Value x, std::size_t past) {
  if (!node.has_input(past)) return x;
  return concatenated(node, {*node.inputs[past], x}, 2);
}

Result<AttentionShape> shape_of_attention(const OnnxNode& node, const Graph& graph, Value q,
                                          Value k, Value v) {
  const Shape& query = graph.type(q).shape;
  const Shape& key = graph.type(k).shape;
  const Shape& value = graph.type(v).shape;
  const bool fits = query.size() == 4 && key.size() == 4 && value.size() == 4 &&
                    query[0] == key[0] && key[0] == value[0] && key[1] == value[1] &&
                    key[2] == value[2] && query[3] == key[3] && key[1] > 0 &&
                    query[1] % key[1] == 0 && query[3] > 0;
  if (!fits) {
    return Error{.message = fmt::format("queries {}, keys {} and values {} do not go together",
                                        type_text(graph.type(q)), type_text(graph.type(k)),
                                        type_text(graph.type(v)))};
  }
  return AttentionShape{.batch = query[0],
                        .heads = query[1],
                        .kv_heads = key[1],
                        .queries = query[2],
                        .keys = key[2],
                        .past = node.has_input(kPastKey) ? node.type(kPastKey).shape.at(2) : 0};
}

/// The place of key j relative to the query at the same place: j - i - offset, where the offset is
/// how many keys come before the first query. Int64, [S, L] or [B, 1, S, L].
Result<Value> distances(OnnxNode& node, const AttentionShape& shape) {
  const Value keys = positions(node, shape.keys, 3, 4);
  const Value queries = positions(node, shape.queries, 2, 4);
  TPU_TRY(const Value distance, node.add("Sub", {}, {keys, queries}));
  Value offset = node.constant_of(HostTensor::scalar(DType::kI64, static_cast<double>(shape.past)));
  if (node.has_input(kValidLength) && node.opset >= 24) {
    TPU_TRY(const Value valid, reshaped(node, *node.inputs[kValidLength], {shape.batch, 1, 1, 1}));
    const auto queries_count = static_cast<double>(shape.queries);
    TPU_TRY(offset,
            node.add("Sub", {},
                     {valid, node.constant_of(HostTensor::scalar(DType::kI64, queries_count))}));
  }
  return node.add("Sub", {}, {distance, offset});
}

/// Which keys each query sees, as truth values; none when all.
Result<std::optional<Value>> visible_keys(OnnxNode& node, const AttentionShape& shape) {
  std::vector<Value> conditions;
  const auto bound = [&](std::int64_t limit) {
    return node.constant_of(HostTensor::scalar(DType::kI64, static_cast<double>(limit)));
  };
  const std::int64_t left = node.integer("left_window_size", -1);
  const std::int64_t right = node.integer("right_window_size", -1);
  const bool is_causal = node.integer("is_causal", 0) != 0;
  if (is_causal || left >= 0 || right >= 0) {
    TPU_TRY(const Value distance, distances(node, shape));
    if (is_causal || right >= 0) {
      const std::int64_t last = is_causal ? 0 : right;
      TPU_TRY(conditions.emplace_back(), node.add("LessOrEqual", {}, {distance, bound(last)}));
    }
    if (left >= 0) {
      TPU_TRY(conditions.emplace_back(), node.add("GreaterOrEqual", {}, {distance, bound(-left)}));
    }
  }
  if (node.has_input(kValidLength)) {
    TPU_TRY(const Value valid, reshaped(node, *node.inputs[kValidLength], {shape.batch, 1, 1, 1}));
    TPU_TRY(conditions.emplace_back(),
            node.add("Less", {}, {positions(node, shape.keys, 3, 4), valid}));
  }
  if (conditions.empty()) return std::optional<Value>();
  Value visible = conditions.front();
  for (std::size_t i = 1; i < conditions.size(); ++i) {
    TPU_TRY(visible, node.add("And", {}, {visible, conditions[i]}));
  }
  return std::optional<Value>(visible);
}

/// The scores where `visible`, elsewhere what Softmax makes nothing of. A mask that is known is
/// added, as exporters do; one that depends on data selects.
Result<Value> masked(OnnxNode& node, Value scores, Value visible) {
  const DType dtype = node.graph().type(scores).dtype;
  const auto& data = node.graph()[visible.op].data;
  if (!is_weight(node.graph(), visible)) {
    const Value hidden =
        node.constant_of(HostTensor::scalar(dtype, -std::numeric_limits<float>::max()));
    return node.add("Where", {}, {visible, scores, hidden});
  }
  const TensorType type{dtype, node.graph().type(visible).shape};
  if (data == nullptr) return node.add("Add", {}, {scores, node.constant_of(type)});
  HostTensor added{type, data->values};
  bool hides = false;
  for (double& value : added.values) {
    hides = hides || value == 0;
    value = value != 0 ? 0 : -std::numeric_limits<double>::infinity();
  }
  if (!hides) return scores;
  return node.add("Add", {}, {scores, node.constant_of(std::move(added))});
}

/// The mask that the caller gives, as long as there are keys.
Result<Value> with_given_mask(OnnxNode& node, const AttentionShape& shape, Value scores) {
  if (!node.has_input(kMask)) return scores;
  Value mask = *node.inputs[kMask];
  const TensorType type = node.graph().type(mask);
  const bool is_choice = type.dtype == DType::kBool;
  if (type.rank() > 0 && type.shape.back() < shape.keys && type.shape.back() != 1) {
    IntList pads(2 * type.rank(), 0);
    pads.back() = shape.keys - type.shape.back();
    const double hidden = is_choice ? 0 : -std::numeric_limits<double>::infinity();
    TPU_TRY(mask, node.add("Pad", {{"pads", pads}, {"value", hidden}}, {mask}));
  }
  if (is_choice) return masked(node, scores, mask);
  return node.add("Add", {}, {scores, mask});
}

Result<Value> with_soft_cap(OnnxNode& node, Value scores) {
  const double cap = node.number("softcap", 0);
  if (cap == 0) return scores;
  TPU_TRY(const Value narrow, scaled(node, scores, 1 / cap));
  TPU_TRY(const Value bounded, node.add("Tanh", {}, {narrow}));
  return scaled(node, bounded, cap);
}

/// [B, heads, S, N] as [B, kv, heads / kv * S, N]: rows of heads that share keys are adjacent.
Result<Value> shared(OnnxNode& node, Value x, const AttentionShape& shape) {
  const std::int64_t last = node.graph().type(x).shape.back();
  return reshaped(
      node, x, {shape.batch, shape.kv_heads, shape.heads / shape.kv_heads * shape.queries, last});
}

Result<Value> apart(OnnxNode& node, Value x, const AttentionShape& shape) {
  return reshaped(node, x,
                  {shape.batch, shape.heads, shape.queries, node.graph().type(x).shape.back()});
}

OnnxValues translate_onnx_attention(OnnxNode& node) {
  TPU_TRY(const Value q, with_heads(node, kQuery, "q_num_heads"));
  TPU_TRY(const Value own_k, with_heads(node, kKey, "kv_num_heads"));
  TPU_TRY(const Value own_v, with_heads(node, kValue, "kv_num_heads"));
  TPU_TRY(const Value k, with_past(node, own_k, kPastKey));
  TPU_TRY(const Value v, with_past(node, own_v, kPastValue));
  TPU_TRY(const AttentionShape shape, shape_of_attention(node, node.graph(), q, k, v));
  const auto width = static_cast<double>(node.graph().type(q).shape[3]);
  TPU_TRY(const Value scaled_q, scaled(node, q, node.number("scale", 1 / std::sqrt(width))));
  TPU_TRY(const Value rows, shared(node, scaled_q, shape));
  TPU_TRY(const Value transposed, permuted(node, k, {0, 1, 3, 2}));
  TPU_TRY(const Value products, node.add("MatMul", {}, {rows, transposed}));
  std::vector<Value> stages;  // what the last output may show
  TPU_TRY(stages.emplace_back(), apart(node, products, shape));
  TPU_TRY(stages.emplace_back(), with_soft_cap(node, stages.back()));
  TPU_TRY(Value biased, with_given_mask(node, shape, stages.back()));
  TPU_TRY(const std::optional<Value> visible, visible_keys(node, shape));
  if (visible) {
    TPU_TRY(biased, masked(node, biased, *visible));
  }
  stages.push_back(biased);
  TPU_TRY(stages.emplace_back(), node.add("Softmax", {{"axis", -1}}, {biased}));
  TPU_TRY(const Value weights, shared(node, stages.back(), shape));
  TPU_TRY(const Value sums, node.add("MatMul", {}, {weights, v}));
  TPU_TRY(Value y, apart(node, sums, shape));
  if (node.type(kQuery).rank() == 3) {
    TPU_TRY(y, permuted(node, y, {0, 2, 1, 3}));
    TPU_TRY(y, reshaped(node, y,
                        {shape.batch, shape.queries, shape.heads * node.graph().type(v).shape[3]}));
  }
  const std::int64_t shown = node.integer("qk_matmul_output_mode", 0);
  if (shown < 0 || shown > 3) return unsupported(node, fmt::format("output mode {}", shown));
  return std::vector<Value>{y, k, v, stages[static_cast<std::size_t>(shown)]};
}

TPU_REGISTER(register_onnx("Attention", translate_onnx_attention));

}  // namespace
}  // namespace tpuscope
