// RotaryEmbedding (operator set 23): pairs of elements turned by an angle of their position. The
// two halves of a pair are the halves of a row, or neighbours ("interleaved").

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

struct Halves {
  Value first{};
  Value second{};
};

/// The two elements of each pair, in tensors of half the rows.
Result<Halves> halves(OnnxNode& node, Value x, bool interleaved) {
  const Shape shape = node.graph().type(x).shape;
  const std::size_t last = shape.size() - 1;
  const std::int64_t half = shape[last] / 2;
  Halves parts;
  if (!interleaved) {
    TPU_TRY(parts.first, add_axis_slice(node, x, last, 0, half));
    TPU_TRY(parts.second, add_axis_slice(node, x, last, half, half));
    return parts;
  }
  Shape pairs = shape;
  pairs[last] = half;
  const Shape single = pairs;
  pairs.push_back(2);
  TPU_TRY(const Value paired, reshaped(node, x, pairs));
  TPU_TRY(const Value first, add_axis_slice(node, paired, last + 1, 0, 1));
  TPU_TRY(const Value second, add_axis_slice(node, paired, last + 1, 1, 1));
  TPU_TRY(parts.first, reshaped(node, first, single));
  TPU_TRY(parts.second, reshaped(node, second, single));
  return parts;
}

/// The pairs as one row again.
Result<Value> whole(OnnxNode& node, const Halves& parts, bool interleaved) {
  const Shape half = node.graph().type(parts.first).shape;
  const std::size_t last = half.size() - 1;
  if (!interleaved) return concatenated(node, {parts.first, parts.second}, last);
  Shape column = half;
  column.push_back(1);
  TPU_TRY(const Value first, reshaped(node, parts.first, column));
  TPU_TRY(const Value second, reshaped(node, parts.second, column));
  TPU_TRY(const Value paired, concatenated(node, {first, second}, last + 1));
  Shape row = half;
  row[last] *= 2;
  return reshaped(node, paired, row);
}

Result<Value> turned(OnnxNode& node, Value x, Value cosine, Value sine, bool interleaved) {
  TPU_TRY(const Halves parts, halves(node, x, interleaved));
  const auto product = [&](Value a, Value b) { return node.add("Mul", {}, {a, b}); };
  TPU_TRY(const Value first_cos, product(parts.first, cosine));
  TPU_TRY(const Value second_sin, product(parts.second, sine));
  TPU_TRY(const Value first_sin, product(parts.first, sine));
  TPU_TRY(const Value second_cos, product(parts.second, cosine));
  Halves result;
  TPU_TRY(result.first, node.add("Sub", {}, {first_cos, second_sin}));
  TPU_TRY(result.second, node.add("Add", {}, {first_sin, second_cos}));
  return whole(node, result, interleaved);
}

/// Rows of a table for each position, with an axis of extent 1 for the heads at `heads_axis`.
Result<Value> table_rows(OnnxNode& node, std::size_t input, std::size_t heads_axis) {
  TPU_TRY(Value table, node.input(input));
  if (node.has_input(3)) {
    TPU_TRY(table, node.add("Gather", {{"axis", 0}}, {table, *node.inputs[3]}));
  }
  const auto axis = static_cast<std::int64_t>(heads_axis);
  return node.add("Unsqueeze", {{"axes", IntList{axis}}}, {table});
}

OnnxValues translate_onnx_rotary(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  const Shape shape = node.type(0).shape;
  const std::int64_t heads = node.integer("num_heads", 0);
  const bool has_heads = shape.size() == 4;
  if (!has_heads) {  // [B, S, heads * D]
    if (shape.size() != 3 || heads < 1 || shape[2] % heads != 0) {
      return Error{
          .message = fmt::format("the input is {} with {} heads", type_text(node.type(0)), heads)};
    }
    TPU_TRY(x, reshaped(node, x, {shape[0], shape[1], heads, shape[2] / heads}));
  }
  const std::int64_t width = node.graph().type(x).shape[3];
  std::int64_t turned_width = node.integer("rotary_embedding_dim", 0);
  if (turned_width == 0) turned_width = width;
  if (turned_width < 0 || turned_width > width || turned_width % 2 != 0) {
    return Error{.message = fmt::format("{} of {} elements are turned", turned_width, width)};
  }
  TPU_TRY(const Value cosine, table_rows(node, 1, has_heads ? 1 : 2));
  TPU_TRY(const Value sine, table_rows(node, 2, has_heads ? 1 : 2));
  TPU_TRY(const Value front, add_axis_slice(node, x, 3, 0, turned_width));
  TPU_TRY(Value y, turned(node, front, cosine, sine, node.integer("interleaved", 0) != 0));
  if (turned_width < width) {
    TPU_TRY(const Value rest, add_axis_slice(node, x, 3, turned_width, width - turned_width));
    TPU_TRY(y, concatenated(node, {y, rest}, 3));
  }
  return single(reshaped(node, y, shape));
}

TPU_REGISTER(register_onnx("RotaryEmbedding", translate_onnx_rotary));

}  // namespace
}  // namespace tpuscope
