// Attention taken apart: see attention.h.

#include "graph/onnx/attention.h"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// What masked scores become: far below every other, and finite in every element type, so that a
/// row without any key is no NaN.
constexpr double kMasked = -65504;

Result<Value> viewed_as(OnnxNode& node, Value x, const Shape& shape) {
  if (node.graph().type(x).shape == shape) return x;
  return node.add("Reshape", {{"shape", shape}}, {x});
}

Result<Value> multiplied_by(OnnxNode& node, Value x, double factor) {
  if (factor == 1) return x;
  const DType dtype = node.graph().type(x).dtype;
  return node.add("Mul", {}, {x, node.constant_of(HostTensor::scalar(dtype, factor))});
}

Status check_heads(OnnxNode& node, const AttentionForm& form) {
  const Graph& graph = node.graph();
  const Shape& q = graph.type(form.query).shape;
  const Shape& k = graph.type(form.key).shape;
  const Shape& v = graph.type(form.value).shape;
  const bool ranks = q.size() == 4 && k.size() == 4 && v.size() == 4;
  if (!ranks || k[1] < 1 || q[1] % k[1] != 0 || v[1] != k[1] || v[2] != k[2] || q[0] != k[0] ||
      q[3] != k[3]) {
    return Error{.message = fmt::format("queries {}, keys {} and values {} do not fit together",
                                        list_text(q), list_text(k), list_text(v))};
  }
  return Ok{};
}

/// What each token may see of the keys, as a constant to add: [length, keys].
Value causal_bias(OnnxNode& node, DType dtype, std::int64_t length, std::int64_t keys,
                  std::int64_t window) {
  HostTensor bias = HostTensor::zeros({dtype, {length, keys}});
  for (std::int64_t row = 0; row < length; ++row) {
    const std::int64_t own = row + keys - length;
    for (std::int64_t key = 0; key < keys; ++key) {
      const bool is_seen = key <= own && (window < 0 || key > own - window);
      if (!is_seen) bias[row * keys + key] = kMasked;
    }
  }
  return node.constant_of(std::move(bias));
}

/// As causal_bias; without values where they would only cost memory.
Result<Value> masked_future(OnnxNode& node, Value scores, const AttentionForm& form) {
  const TensorType type = node.graph().type(scores);
  const std::int64_t length = type.shape[2];
  const std::int64_t keys = type.shape[3];
  constexpr std::int64_t kMaxValues = std::int64_t{1} << 22;
  if (length == 1 && form.window < 0) return scores;  // it sees everything
  Value bias{};
  if (length * keys <= kMaxValues) {
    bias = causal_bias(node, type.dtype, length, keys, form.window);
  } else {
    TPU_TRY(const OpId op, node.graph().add({.type = "Weight",
                                             .name = node.name + "_mask",
                                             .origin = {node.name},
                                             .result_types = {{type.dtype, {length, keys}}}},
                                            {}));
    bias = {op};
  }
  return node.add("Add", {}, {scores, bias});
}

Result<Value> weighted(OnnxNode& node, Value scores, const AttentionForm& form) {
  TPU_TRY(scores, multiplied_by(node, scores, form.scale));
  if (form.softcap > 0) {
    TPU_TRY(scores, multiplied_by(node, scores, 1 / form.softcap));
    TPU_TRY(scores, node.add("Tanh", {}, {scores}));
    TPU_TRY(scores, multiplied_by(node, scores, form.softcap));
  }
  if (form.bias) {
    TPU_TRY(scores, node.add("Add", {}, {scores, *form.bias}));
  }
  if (form.causal) {
    TPU_TRY(scores, masked_future(node, scores, form));
  }
  return node.add("Softmax", {{"axis", -1}}, {scores});
}

}  // namespace

Result<Value> split_heads(OnnxNode& node, Value x, std::int64_t heads) {
  const Shape shape = node.graph().type(x).shape;
  if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0) {
    return Error{.message = fmt::format("{} does not divide in {} heads", list_text(shape), heads)};
  }
  TPU_TRY(const Value split, viewed_as(node, x, {shape[0], shape[1], heads, shape[2] / heads}));
  return node.add("Permute", {{"order", IntList{0, 2, 1, 3}}}, {split});
}

Result<Value> join_heads(OnnxNode& node, Value x) {
  const Shape shape = node.graph().type(x).shape;
  TPU_TRY(const Value moved, node.add("Permute", {{"order", IntList{0, 2, 1, 3}}}, {x}));
  return viewed_as(node, moved, {shape[0], shape[2], shape[1] * shape[3]});
}

Result<Value> behind_past(OnnxNode& node, std::optional<Value> past, Value new_part) {
  if (!past || node.graph().type(*past).elements() == 0) return new_part;
  return node.add("Concat", {{"axis", 2}}, {*past, new_part});
}

Result<Value> slice_of_axis(OnnxNode& node, Value x, std::size_t axis, std::int64_t start,
                            std::int64_t extent) {
  const Shape shape = node.graph().type(x).shape;
  if (axis >= shape.size() || start < 0 || extent < 0 || start + extent > shape[axis]) {
    return Error{.message = fmt::format("{} has no elements {} to {} along axis {}",
                                        list_text(shape), start, start + extent, axis)};
  }
  if (extent == shape[axis]) return x;
  IntList starts(shape.size(), 0);
  IntList extents = shape;
  starts[axis] = extent == 0 ? 0 : start;
  extents[axis] = extent;
  return node.add("Slice", {{"starts", starts}, {"extents", extents}}, {x});
}

Result<Value> attention(OnnxNode& node, const AttentionForm& form) {
  TPU_TRY_STATUS(check_heads(node, form));
  const Shape q = node.graph().type(form.query).shape;
  const Shape k = node.graph().type(form.key).shape;
  const std::int64_t size = node.graph().type(form.value).shape[3];
  // The queries of the heads that share a key are rows of one product: nothing is copied.
  const std::int64_t rows = q[1] / k[1] * q[2];
  TPU_TRY(const Value query, viewed_as(node, form.query, {q[0], k[1], rows, q[3]}));
  TPU_TRY(const Value keys, node.add("Permute", {{"order", IntList{0, 1, 3, 2}}}, {form.key}));
  TPU_TRY(const Value products, node.add("MatMul", {}, {query, keys}));
  TPU_TRY(const Value scores, viewed_as(node, products, {q[0], q[1], q[2], k[2]}));
  TPU_TRY(const Value weights, weighted(node, scores, form));
  if (node.graph().type(weights).shape != Shape{q[0], q[1], q[2], k[2]}) {
    return Error{.message = fmt::format("a mask makes {} of scores {}",
                                        type_text(node.graph().type(weights)),
                                        list_text(Shape{q[0], q[1], q[2], k[2]}))};
  }
  TPU_TRY(const Value shared, viewed_as(node, weights, {q[0], k[1], rows, k[2]}));
  TPU_TRY(const Value sums, node.add("MatMul", {}, {shared, form.value}));
  return viewed_as(node, sums, {q[0], q[1], q[2], size});
}

Result<Value> bias_of_mask(OnnxNode& node, Value mask, DType dtype, double filter) {
  TPU_TRY(Value kept, node.add("Cast", {{"to", std::string(name_of(dtype))}}, {mask}));
  const Value one = node.constant_of(HostTensor::scalar(dtype, 1));
  TPU_TRY(const Value hidden, node.add("Sub", {}, {one, kept}));
  return multiplied_by(node, hidden,
                       std::max<double>(filter, std::numeric_limits<float>::lowest()));
}

Result<Value> rotated(OnnxNode& node, Value x, Value cosine, Value sine, bool interleaved) {
  const Shape shape = node.graph().type(x).shape;
  const Shape& angles = node.graph().type(cosine).shape;
  if (shape.size() != 4 || angles.empty() || 2 * angles.back() > shape[3]) {
    return Error{
        .message = fmt::format("{} cannot turn by angles {}", list_text(shape), list_text(angles))};
  }
  const std::int64_t half = angles.back();
  TPU_TRY(const Value turning, slice_of_axis(node, x, 3, 0, 2 * half));
  // Pairs are an axis of their own, before or after that of the angles.
  const std::size_t pair_axis = interleaved ? 4 : 3;
  Value first{};
  Value second{};
  if (interleaved) {
    TPU_TRY(const Value pairs, viewed_as(node, turning, {shape[0], shape[1], shape[2], half, 2}));
    const Shape flat = {shape[0], shape[1], shape[2], half};
    TPU_TRY(first, slice_of_axis(node, pairs, pair_axis, 0, 1));
    TPU_TRY(second, slice_of_axis(node, pairs, pair_axis, 1, 1));
    TPU_TRY(first, viewed_as(node, first, flat));
    TPU_TRY(second, viewed_as(node, second, flat));
  } else {
    TPU_TRY(first, slice_of_axis(node, turning, pair_axis, 0, half));
    TPU_TRY(second, slice_of_axis(node, turning, pair_axis, half, half));
  }
  const auto sum_of = [&](std::string_view op, Value a, Value b) -> Result<Value> {
    TPU_TRY(const Value left, node.add("Mul", {}, {a, cosine}));
    TPU_TRY(const Value right, node.add("Mul", {}, {b, sine}));
    return node.add(op, {}, {left, right});
  };
  TPU_TRY(Value real, sum_of("Sub", first, second));
  TPU_TRY(Value imaginary, sum_of("Add", second, first));
  std::vector<Value> parts;
  if (interleaved) {
    const Shape unit = {shape[0], shape[1], shape[2], half, 1};
    TPU_TRY(real, viewed_as(node, real, unit));
    TPU_TRY(imaginary, viewed_as(node, imaginary, unit));
    TPU_TRY(const Value pairs, node.add("Concat", {{"axis", 4}}, {real, imaginary}));
    TPU_TRY(const Value turned, viewed_as(node, pairs, {shape[0], shape[1], shape[2], 2 * half}));
    parts = {turned};
  } else {
    parts = {real, imaginary};
  }
  if (2 * half < shape[3]) {
    TPU_TRY(const Value rest, slice_of_axis(node, x, 3, 2 * half, shape[3] - 2 * half));
    parts.push_back(rest);
  }
  if (parts.size() == 1) return parts[0];
  return node.add("Concat", {{"axis", 3}}, parts);
}

}  // namespace tpuscope
