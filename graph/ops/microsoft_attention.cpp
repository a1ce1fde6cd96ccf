// Attention as ONNX Runtime writes it: com.microsoft's Attention (one packed product for queries,
// keys and values), MultiHeadAttention, GroupQueryAttention (fewer heads of keys, rotary embedding
// and a cache) and RotaryEmbedding. What they share is graph/onnx/attention.h.

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/attention.h"
#include "graph/ops/by_name.h"
#include "graph/ops/quantised.h"

namespace tpuscope {
namespace {

std::optional<Value> given_input(const OnnxNode& node, std::size_t i) {
  return node.has_input(i) ? node.inputs[i] : std::nullopt;
}

const Shape& shape_of(OnnxNode& node, Value value) {
  return node.graph().type(value).shape;
}

/// 1 / sqrt(size) where the node states no scale (0 means that as well).
double score_scale(const OnnxNode& node, std::int64_t size) {
  const double given = node.number("scale", 0);
  return given != 0 ? given : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(size, 1)));
}

Result<Value> view_of(OnnxNode& node, Value x, const Shape& shape) {
  if (shape_of(node, x) == shape) return x;
  return node.add("Reshape", {{"shape", shape}}, {x});
}

/// 0..count-1 compared with the number of keys that each row keeps: bool [batch, 1, 1, count].
Result<Value> mask_of_lengths(OnnxNode& node, Value lengths, std::int64_t keys) {
  HostTensor places = HostTensor::zeros({node.graph().type(lengths).dtype, {1, 1, 1, keys}});
  for (std::int64_t i = 0; i < keys; ++i)
    places[i] = static_cast<double>(i);
  const std::int64_t batch = shape_of(node, lengths)[0];
  TPU_TRY(const Value column, view_of(node, lengths, {batch, 1, 1, 1}));
  return node.add("Less", {}, {node.constant_of(std::move(places)), column});
}

/// The bias of a mask in the forms that Attention and MultiHeadAttention share: a length per row,
/// or which keys to keep, per row or per row and token.
Result<Value> mask_bias(OnnxNode& node, Value mask, const TensorType& query, std::int64_t keys) {
  const Shape shape = shape_of(node, mask);
  const std::int64_t batch = query.shape[0];
  Value wide = mask;
  if (shape == Shape{batch}) {
    TPU_TRY(wide, mask_of_lengths(node, mask, keys));
  } else if (shape == Shape{batch, keys}) {
    TPU_TRY(wide, view_of(node, mask, {batch, 1, 1, keys}));
  } else if (shape.size() == 3 && shape[0] == batch && shape[2] == keys) {
    TPU_TRY(wide, view_of(node, mask, {batch, 1, shape[1], keys}));
  } else {
    return unsupported(node, fmt::format("a mask of {}", list_text(shape)));
  }
  return bias_of_mask(node, wide, query.dtype, node.number("mask_filter_value", -10000));
}

Result<std::optional<Value>> sum_of(OnnxNode& node, std::optional<Value> a,
                                    std::optional<Value> b) {
  if (!a || !b) return a ? a : b;
  TPU_TRY(const Value sum, node.add("Add", {}, {*a, *b}));
  return std::optional<Value>(sum);
}

/// The score bias of mask input `mask` and bias input `bias`.
Result<std::optional<Value>> score_bias(OnnxNode& node, std::size_t mask, std::size_t bias,
                                        Value query, std::int64_t keys) {
  std::optional<Value> masked;
  if (node.has_input(mask)) {
    const TensorType type = node.graph().type(query);
    TPU_TRY(masked, mask_bias(node, *node.inputs[mask], type, keys));
  }
  return sum_of(node, masked, given_input(node, bias));
}

/// Input 4 of Attention holds past keys and values as one tensor: [2, batch, heads, length, size].
Result<std::optional<Value>> past_of(OnnxNode& node, std::size_t input, std::int64_t which) {
  if (!node.has_input(input)) return std::optional<Value>();
  const Shape shape = shape_of(node, *node.inputs[input]);
  if (shape.size() != 5 || shape[0] != 2) return Error{.message = "the past is no pair of caches"};
  TPU_TRY(const Value half, slice_of_axis(node, *node.inputs[input], 0, which, 1));
  TPU_TRY(const Value cache, view_of(node, half, {shape.begin() + 1, shape.end()}));
  return std::optional<Value>(cache);
}

/// Keys and values as the one tensor that Attention hands out.
Result<Value> present_pair(OnnxNode& node, Value key, Value value) {
  Shape shape = shape_of(node, key);
  shape.insert(shape.begin(), 1);
  if (shape_of(node, value) != shape_of(node, key)) {
    return unsupported(node, "a cache of keys and values of different sizes");
  }
  TPU_TRY(const Value keys, view_of(node, key, shape));
  TPU_TRY(const Value values, view_of(node, value, shape));
  return node.add("Concat", {{"axis", 0}}, {keys, values});
}

/// Widths of queries, keys and values within the packed product.
IntList packed_widths(const OnnxNode& node, std::int64_t columns) {
  const IntList given = node.integers("qkv_hidden_sizes", {});
  return given.size() == 3 ? given : IntList{columns / 3, columns / 3, columns / 3};
}

/// Which inputs of a node say what its attention masks and remembers; beyond the last: none.
struct PackedInputs {
  std::size_t mask = 0;
  std::size_t past = 0;
  std::size_t bias = 0;  ///< of the scores
};

/// The attention of a packed product [batch, length, all heads of queries, keys and values].
OnnxValues packed_attention(OnnxNode& node, Value packed, const PackedInputs& inputs) {
  if (node.integer("do_rotary", 0) != 0) return unsupported(node, "do_rotary");
  const std::int64_t heads = node.integer("num_heads", 1);
  const IntList widths = packed_widths(node, shape_of(node, packed).back());
  std::vector<Value> parts;
  std::int64_t start = 0;
  for (const std::int64_t width : widths) {
    TPU_TRY(const Value part, slice_of_axis(node, packed, 2, start, width));
    TPU_TRY(const Value split, split_heads(node, part, heads));
    parts.push_back(split);
    start += width;
  }
  TPU_TRY(const std::optional<Value> past_key, past_of(node, inputs.past, 0));
  TPU_TRY(const std::optional<Value> past_value, past_of(node, inputs.past, 1));
  AttentionForm form{.query = parts[0], .causal = node.integer("unidirectional", 0) != 0};
  TPU_TRY(form.key, behind_past(node, past_key, parts[1]));
  TPU_TRY(form.value, behind_past(node, past_value, parts[2]));
  form.scale = score_scale(node, shape_of(node, form.query)[3]);
  TPU_TRY(form.bias,
          score_bias(node, inputs.mask, inputs.bias, form.query, shape_of(node, form.key)[2]));
  TPU_TRY(const Value heads_result, attention(node, form));
  TPU_TRY(const Value y, join_heads(node, heads_result));
  if (node.output_count < 2 || !node.output_used[1]) return std::vector<Value>{y};
  TPU_TRY(const Value present, present_pair(node, form.key, form.value));
  return std::vector<Value>{y, present};
}

/// x, weights and bias of the packed product, mask, past, score bias.
OnnxValues translate_attention(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value weight, node.input(1));
  std::vector<Value> operands = {x, weight};
  if (node.has_input(2)) operands.push_back(*node.inputs[2]);
  TPU_TRY(const Value packed, node.add("MatMul", {}, operands));
  return packed_attention(node, packed, {.mask = 3, .past = 4, .bias = 5});
}

/// The real numbers of quantised input `at`, by the scale and the zero point of the others.
Result<Value> real_numbers(OnnxNode& node, std::size_t at, std::size_t scale, std::size_t point) {
  TPU_TRY(const Value q, node.input(at));
  TPU_TRY(const Value factor, node.input(scale));
  std::vector<Value> operands = {q, factor};
  if (node.has_input(point)) operands.push_back(*node.inputs[point]);
  return dequantised(node, operands);
}

/// Quantised x and weights, real bias, scales of both, mask, zero points of both, past.
OnnxValues translate_quantised_attention(OnnxNode& node) {
  TPU_TRY(const Value x, real_numbers(node, 0, 3, 6));
  TPU_TRY(const Value weight, real_numbers(node, 1, 4, 7));
  TPU_TRY(const Value bias, node.input(2));
  TPU_TRY(const Value packed, node.add("MatMul", {}, {x, weight, bias}));
  return packed_attention(node, packed, {.mask = 5, .past = 8, .bias = node.inputs.size()});
}

TPU_REGISTER(register_onnx("com.microsoft.Attention", translate_attention) &&
             register_onnx("com.microsoft.QAttention", translate_quantised_attention));

/// One of the tensors that are joined along axis 3 of [batch, length, heads, parts, size], heads
/// first.
Result<Value> unpacked(OnnxNode& node, Value packed, std::int64_t which) {
  const Shape shape = shape_of(node, packed);
  if (shape.size() != 5) return Error{.message = "a packed tensor needs five axes"};
  TPU_TRY(const Value part, slice_of_axis(node, packed, 3, which, 1));
  TPU_TRY(const Value flat, view_of(node, part, {shape[0], shape[1], shape[2], shape[4]}));
  return node.add("Permute", {{"order", IntList{0, 2, 1, 3}}}, {flat});
}

/// Heads of input `i`, which comes flat, [batch, length, heads * size], or split already. `bias` is
/// the part of the bias that begins at `start`.
Result<Value> heads_of_input(OnnxNode& node, Value x, std::int64_t heads, std::optional<Value> bias,
                             std::int64_t start) {
  if (shape_of(node, x).size() == 4) return x;
  if (shape_of(node, x).size() != 3) return Error{.message = "queries, keys or values of no heads"};
  if (bias) {
    TPU_TRY(const Value part, slice_of_axis(node, *bias, 0, start, shape_of(node, x)[2]));
    TPU_TRY(x, node.add("Add", {}, {x, part}));
  }
  return split_heads(node, x, heads);
}

struct Heads {
  Value query{};
  Value key{};
  Value value{};
};

/// Queries, keys and values in the three ways of MultiHeadAttention: three tensors, queries beside
/// packed keys and values, or all in one.
Result<Heads> heads_of(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const std::int64_t count = node.integer("num_heads", 1);
  const std::optional<Value> bias = given_input(node, 3);
  Heads heads;
  if (!node.has_input(1)) {
    if (bias) return unsupported(node, "a bias of a packed tensor");
    TPU_TRY(heads.query, unpacked(node, x, 0));
    TPU_TRY(heads.key, unpacked(node, x, 1));
    TPU_TRY(heads.value, unpacked(node, x, 2));
    return heads;
  }
  TPU_TRY(heads.query, heads_of_input(node, x, count, bias, 0));
  const std::int64_t width = shape_of(node, x).back();
  if (!node.has_input(2)) {
    TPU_TRY(heads.key, unpacked(node, *node.inputs[1], 0));
    TPU_TRY(heads.value, unpacked(node, *node.inputs[1], 1));
    return heads;
  }
  TPU_TRY(heads.key, heads_of_input(node, *node.inputs[1], count, bias, width));
  TPU_TRY(heads.value, heads_of_input(node, *node.inputs[2], count, bias, 2 * width));
  return heads;
}

/// query, key, value, bias, mask, score bias, past key, past value.
OnnxValues translate_multi_head(OnnxNode& node) {
  TPU_TRY(const Heads heads, heads_of(node));
  AttentionForm form{.query = heads.query, .causal = node.integer("unidirectional", 0) != 0};
  TPU_TRY(form.key, behind_past(node, given_input(node, 6), heads.key));
  TPU_TRY(form.value, behind_past(node, given_input(node, 7), heads.value));
  form.scale = score_scale(node, shape_of(node, form.query)[3]);
  TPU_TRY(form.bias, score_bias(node, 4, 5, form.query, shape_of(node, form.key)[2]));
  TPU_TRY(const Value result, attention(node, form));
  TPU_TRY(const Value y, join_heads(node, result));
  return std::vector<Value>{y, form.key, form.value};
}

TPU_REGISTER(register_onnx("com.microsoft.MultiHeadAttention", translate_multi_head));

/// Rows of the tables of cosines and sines at `positions` ([batch or 1, length]), with an axis for
/// the heads: [batch or 1, 1, length, angles].
Result<Value> angles_at(OnnxNode& node, Value table, Value positions) {
  TPU_TRY(const Value rows, node.add("Gather", {{"axis", 0}}, {table, positions}));
  const Shape shape = shape_of(node, rows);
  return view_of(node, rows, {shape[0], 1, shape[1], shape[2]});
}

Value counted_from(OnnxNode& node, std::int64_t first, std::int64_t count) {
  HostTensor places = HostTensor::zeros({DType::kI64, {1, count}});
  for (std::int64_t i = 0; i < count; ++i)
    places[i] = static_cast<double>(first + i);
  return node.constant_of(std::move(places));
}

/// x, positions, cosines, sines. One position alone is that of the first token of each row.
OnnxValues translate_rotary(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(Value positions, node.input(1));
  TPU_TRY(const Value cosines, node.input(2));
  TPU_TRY(const Value sines, node.input(3));
  const Shape shape = shape_of(node, x);
  Value heads = x;
  if (shape.size() == 3) {
    const std::int64_t size =
        node.integer("rotary_embedding_dim", 0) > 0
            ? shape[2] / std::max<std::int64_t>(node.integer("num_heads", 1), 1)
            : 2 * shape_of(node, cosines).back();
    if (size < 1) return Error{.message = "heads of no size"};
    TPU_TRY(heads, split_heads(node, x, shape[2] / size));
  }
  const std::int64_t length = shape_of(node, heads)[2];
  if (shape_of(node, positions).size() == 1) {
    Value places = counted_from(node, 0, length);
    TPU_TRY(positions, view_of(node, positions, {1, 1}));
    TPU_TRY(positions, node.add("Add", {}, {places, positions}));
  }
  TPU_TRY(const Value cosine, angles_at(node, cosines, positions));
  TPU_TRY(const Value sine, angles_at(node, sines, positions));
  TPU_TRY(const Value turned,
          rotated(node, heads, cosine, sine, node.integer("interleaved", 0) != 0));
  if (shape.size() == 4) return std::vector<Value>{turned};
  return single(join_heads(node, turned));
}

TPU_REGISTER(register_onnx("com.microsoft.RotaryEmbedding", translate_rotary));

/// How long the cache of a GroupQueryAttention is before and after it. The caller may hand in a
/// buffer of the full length, whose rows beyond the past are empty, and gets it back: then the
/// total length, a constant, does not exceed it.
struct CacheLengths {
  std::int64_t past = 0;   ///< tokens before the new ones
  std::int64_t total = 0;  ///< with them
  bool in_buffer = false;
};

CacheLengths cache_lengths(OnnxNode& node, std::int64_t length) {
  CacheLengths lengths{.total = length};
  if (!node.has_input(3)) return lengths;
  const std::int64_t stored = shape_of(node, *node.inputs[3]).at(2);
  lengths = {.past = stored, .total = stored + length};
  if (!node.has_input(6)) return lengths;
  const Result<IntList> total = node.integers(6);
  if (!total.ok() || total->size() != 1) return lengths;
  const std::int64_t wanted = total->front();
  if (wanted < length || wanted > stored) return lengths;
  return {.past = wanted - length, .total = wanted, .in_buffer = true};
}

/// The cache at input `input` with the new rows in their place.
Result<Value> updated_cache(OnnxNode& node, std::size_t input, Value rows,
                            const CacheLengths& lengths) {
  const std::optional<Value> cache = given_input(node, input);
  if (!lengths.in_buffer) return behind_past(node, cache, rows);
  const std::int64_t stored = shape_of(node, *cache)[2];
  std::vector<Value> parts;
  if (lengths.past > 0) {
    TPU_TRY(const Value before, slice_of_axis(node, *cache, 2, 0, lengths.past));
    parts.push_back(before);
  }
  parts.push_back(rows);
  if (stored > lengths.total) {
    TPU_TRY(const Value after,
            slice_of_axis(node, *cache, 2, lengths.total, stored - lengths.total));
    parts.push_back(after);
  }
  if (parts.size() == 1) return rows;
  return node.add("Concat", {{"axis", 2}}, parts);
}

/// Queries, keys and values of GroupQueryAttention: three tensors, or one with all heads in a row.
Result<Heads> grouped_heads(OnnxNode& node, std::int64_t query_heads, std::int64_t key_heads) {
  TPU_TRY(Value query, node.input(0));
  std::optional<Value> key = given_input(node, 1);
  std::optional<Value> value = given_input(node, 2);
  if (!key || !value) {
    const std::int64_t all = query_heads + 2 * key_heads;
    const std::int64_t size = shape_of(node, query).back() / std::max<std::int64_t>(all, 1);
    const Value packed = query;
    TPU_TRY(query, slice_of_axis(node, packed, 2, 0, query_heads * size));
    TPU_TRY(key, slice_of_axis(node, packed, 2, query_heads * size, key_heads * size));
    TPU_TRY(value,
            slice_of_axis(node, packed, 2, (query_heads + key_heads) * size, key_heads * size));
  }
  Heads heads;
  TPU_TRY(heads.query, split_heads(node, query, query_heads));
  TPU_TRY(heads.key, split_heads(node, *key, key_heads));
  TPU_TRY(heads.value, split_heads(node, *value, key_heads));
  return heads;
}

/// Queries and keys turned by the angles of the new tokens' places.
Status rotate_heads(OnnxNode& node, const CacheLengths& lengths, Heads& heads) {
  if (node.integer("do_rotary", 0) == 0) return Ok{};
  TPU_TRY(const Value cosines, node.input(7));
  TPU_TRY(const Value sines, node.input(8));
  const std::int64_t length = shape_of(node, heads.query)[2];
  const Value positions = given_input(node, 9).value_or(counted_from(node, lengths.past, length));
  TPU_TRY(const Value cosine, angles_at(node, cosines, positions));
  TPU_TRY(const Value sine, angles_at(node, sines, positions));
  const bool interleaved = node.integer("rotary_interleaved", 0) != 0;
  TPU_TRY(heads.query, rotated(node, heads.query, cosine, sine, interleaved));
  TPU_TRY(heads.key, rotated(node, heads.key, cosine, sine, interleaved));
  return Ok{};
}

/// query, key, value, past key, past value, lengths, total length, cosines, sines, positions, score
/// bias. Rows are taken to be full: lengths that differ from row to row change no work.
OnnxValues translate_group_query(OnnxNode& node) {
  if (node.integer("smooth_softmax", 0) == 1) return unsupported(node, "smooth_softmax");
  TPU_TRY(Heads heads,
          grouped_heads(node, node.integer("num_heads", 1), node.integer("kv_num_heads", 1)));
  const std::int64_t length = shape_of(node, heads.query)[2];
  const CacheLengths lengths = cache_lengths(node, length);
  TPU_TRY_STATUS(rotate_heads(node, lengths, heads));
  TPU_TRY(const Value present_key, updated_cache(node, 3, heads.key, lengths));
  TPU_TRY(const Value present_value, updated_cache(node, 4, heads.value, lengths));
  AttentionForm form{.query = heads.query,
                     .softcap = node.number("softcap", 0),
                     .causal = true,
                     .window = node.integer("local_window_size", -1),
                     .bias = given_input(node, 10)};
  TPU_TRY(form.key, slice_of_axis(node, present_key, 2, 0, lengths.total));
  TPU_TRY(form.value, slice_of_axis(node, present_value, 2, 0, lengths.total));
  form.scale = score_scale(node, shape_of(node, form.query)[3]);
  TPU_TRY(const Value result, attention(node, form));
  TPU_TRY(const Value y, join_heads(node, result));
  return std::vector<Value>{y, present_key, present_value};
}

TPU_REGISTER(register_onnx("com.microsoft.GroupQueryAttention", translate_group_query));

}  // namespace
}  // namespace tpuscope
