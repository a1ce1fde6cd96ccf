// Operands and attributes by type: see single_ops.h. Types without a row take what their arity
// says.

#include "tests/generators/single_ops.h"

#include <algorithm>
#include <map>

#include "graph/onnx/host_operators.h"
#include "tests/generators/blocks.h"
#include "tests/generators/movements.h"

namespace tpuscope::generators {
namespace {

using Draw = std::optional<Value> (*)(Drawer& drawer, std::string_view type);

/// A shape that broadcasts to the tensor's.
Shape broadcasting(Drawer& d, Value x) {
  Shape other = d.shape(x);
  for (std::int64_t& extent : other) {
    if (d.chance(30)) extent = 1;
  }
  const auto dropped = d.between(0, static_cast<std::int64_t>(other.size()) / 2);
  other.erase(other.begin(), other.begin() + static_cast<std::ptrdiff_t>(dropped));
  return other;
}

std::optional<Value> draw_unary(Drawer& d, std::string_view type) {
  return d.add(type, {}, {d.tensor()});
}

std::optional<Value> draw_binary(Drawer& d, std::string_view type) {
  const Value x = d.tensor();
  const Value other = d.chance(20) ? d.tensor() : d.parameter(broadcasting(d, x));
  return d.chance(20) ? d.add(type, {}, {other, x}) : d.add(type, {}, {x, other});
}

template <DType kType>
std::optional<Value> draw_of_type(Drawer& d, std::string_view type) {
  const OpDef& def = *OpRegistry::instance().find(type);
  const Value x = d.input(d.any_shape(static_cast<std::size_t>(d.between(1, 4))), kType);
  Attributes attributes;
  if (type == "BitShift") attributes.set("direction", std::string(d.chance(50) ? "LEFT" : "RIGHT"));
  if (def.operands.min == 1) return d.add(type, attributes, {x});
  return d.add(type, attributes, {x, d.input(broadcasting(d, x), kType)});
}

/// Scales and zero points per tensor or per index of one axis.
std::optional<Value> draw_scaled(Drawer& d, std::string_view type) {
  const bool quantises = type == "Quantize";
  const DType integer = d.chance(50) ? DType::kI8 : DType::kU8;
  const Value x = quantises
                      ? d.tensor()
                      : d.input(d.any_shape(static_cast<std::size_t>(d.between(1, 4))), integer);
  Shape scales;
  if (d.rank(x) > 0 && d.chance(50)) {
    scales.assign(d.rank(x), 1);
    const std::size_t axis = d.any_axis(x);
    scales[axis] = d.shape(x)[axis];
  }
  Attributes attributes;
  if (quantises) attributes.set("to", std::string(integer == DType::kI8 ? "i8" : "u8"));
  std::vector<Value> operands = {x, d.weight(scales)};
  if (d.chance(50)) operands.push_back(d.weight(scales, integer));
  return d.add(type, attributes, operands);
}

std::optional<Value> draw_where(Drawer& d, std::string_view type) {
  const Value x = d.tensor();
  const Value condition = d.input(broadcasting(d, x), DType::kBool);
  return d.add(type, {}, {condition, x, d.parameter(broadcasting(d, x))});
}

std::optional<Value> draw_prelu(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(2, 5);
  Shape slopes(d.rank(x) - 1, 1);
  slopes.front() = d.shape(x)[1];
  return d.add(type, {}, {x, d.weight(slopes)});
}

std::optional<Value> draw_cast(Drawer& d, std::string_view type) {
  const Value x = d.tensor();
  const auto cast = d.add(
      type, {{"to", d.one_of<std::string>({"f16", "i32", "bf16", "i8", "u8", "i64", "bool"})}},
      {x});
  if (!cast || d.chance(50)) return cast;
  return d.add(type, {{"to", std::string("f32")}}, {*cast});
}

std::optional<Value> draw_rows(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 6);
  const auto axis = static_cast<std::int64_t>(d.any_axis(x));
  Attributes attributes{{"axis", axis}};
  if (type == "LpNorm") attributes.set("p", d.between(1, 2));
  if (type == "CumSum") {
    attributes.set("exclusive", d.chance(50));
    attributes.set("reverse", d.chance(50));
  }
  if (type == "Arg") {
    attributes.set("mode", d.one_of<std::string>({"max", "min"}));
    attributes.set("keepdims", d.chance(50));
  }
  if (type == "TopK") {
    const std::int64_t row = d.shape(x)[static_cast<std::size_t>(axis)];
    attributes.set("k", d.between(std::min<std::int64_t>(1, row), std::min<std::int64_t>(row, 40)));
    attributes.set("largest", d.chance(50));
  }
  return d.add(type, attributes, {x});
}

std::optional<Value> draw_reduce(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  IntList axes;
  for (std::size_t axis = 0; axis < d.rank(x); ++axis) {
    if (d.chance(45)) axes.push_back(static_cast<std::int64_t>(axis));
  }
  return d.add(type,
               {{"mode", d.one_of<std::string>({"sum", "mean", "max", "min", "prod", "l1", "l2",
                                                "log_sum", "log_sum_exp", "sum_square"})},
                {"axes", axes},
                {"keepdims", d.chance(50)}},
               {x});
}

std::optional<Value> draw_trilu(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(2, 4);
  return d.add(type, {{"upper", d.between(0, 1)}, {"k", d.between(-3, 3)}}, {x});
}

std::optional<Value> draw_batch_norm(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(2, 5);
  const Shape channels = {d.shape(x)[1]};
  return d.add(type, {},
               {x, d.weight(channels), d.weight(channels), d.weight(channels), d.weight(channels)});
}

std::optional<Value> draw_map_norm(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(3, 5);
  const std::int64_t channels = d.shape(x)[1];
  Attributes attributes;
  if (type == "GroupNorm") {
    std::vector<std::int64_t> divisors;
    for (std::int64_t i = 1; i <= std::max<std::int64_t>(channels, 1); ++i) {
      if (channels % i == 0) divisors.push_back(i);
    }
    attributes.set("groups", d.one_of(divisors));
  }
  return d.add(type, attributes, {x, d.weight({channels}), d.weight({channels})});
}

std::optional<Value> draw_row_norm(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  const std::size_t axis = d.any_axis(x);
  const Shape row(d.shape(x).begin() + static_cast<std::ptrdiff_t>(axis), d.shape(x).end());
  std::vector<Value> operands = {x, d.weight(row)};
  if (type == "LayerNorm") operands.push_back(d.weight(row));
  return d.add(type, {{"axis", static_cast<std::int64_t>(axis)}}, operands);
}

std::optional<Value> draw_host(Drawer& d, std::string_view type) {
  std::vector<Value> operands = {d.tensor()};
  while (d.chance(40) && operands.size() < 7)
    operands.push_back(d.tensor());
  std::vector<TensorType> results = {{DType::kF32, d.any_shape(2)}};
  if (d.chance(30)) results.push_back({DType::kI64, {d.between(1, 9)}});
  return d.add(type, host_attributes("NonZero", results), operands);
}

std::optional<Value> draw_launch(Drawer& d, std::string_view type) {
  std::vector<Value> operands = {d.tensor()};
  if (d.chance(40)) operands.push_back(d.tensor());
  return d.add(type, {{"copied_bytes", d.between(0, 4096)}}, operands);
}

std::optional<Value> draw_grid_sample(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(4, 4);
  const Value grid = d.input({d.shape(x)[0], d.between(1, 9), d.between(1, 9), 2});
  return d.add(type,
               {{"mode", d.one_of<std::string>({"linear", "nearest", "cubic"})},
                {"padding", d.one_of<std::string>({"zeros", "border", "reflection"})},
                {"align_corners", d.chance(50)}},
               {x, grid});
}

std::optional<Value> draw_lrn(Drawer& d, std::string_view type) {
  return d.add(type, {{"size", d.between(1, 7)}}, {d.tensor_of_rank(2, 5)});
}

template <std::optional<Value> (*kBlock)(Drawer&, Value, std::string_view)>
std::optional<Value> draw_map(Drawer& d, std::string_view type) {
  return kBlock(d, d.tensor_of_rank(3, 5), type);
}

std::optional<Value> draw_product(Drawer& d, std::string_view) {
  return product(d, d.tensor_of_rank(2, 5));
}

std::optional<Value> draw_packed_product(Drawer& d, std::string_view type) {
  const std::int64_t bits = d.one_of<std::int64_t>({4, 8, 16});
  const std::int64_t group = 2 * d.between(1, 3);
  const std::int64_t inner = group * d.between(1, 4);
  const std::int64_t columns = d.between(1, 9);
  const Value x = d.input({d.between(1, 5), inner});
  const Attributes attributes{{"bits", bits}, {"group", group}};
  if (bits == 16) return d.add(type, attributes, {x, d.weight({columns, inner})});
  const Shape groups{columns, inner / group};
  return d.add(type, attributes,
               {x, d.weight({columns, inner * bits / 8}, DType::kU8), d.weight(groups),
                d.weight(groups, DType::kU8)});
}

std::optional<Value> draw_rope(Drawer& d, std::string_view type) {
  const std::int64_t tokens = d.between(1, 5);
  const std::int64_t width = 2 * d.between(1, 8);
  const Shape table{1, tokens, 1, width};
  return d.add(type, {},
               {d.input({1, tokens, d.between(1, 4), width}), d.input(table), d.input(table)});
}

std::optional<Value> draw_head(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(3, 3);
  const Shape shape = d.shape(x);
  const std::int64_t width = d.extent(8);
  const std::int64_t columns = d.extent(8);
  IntList biased;
  std::int64_t biases = 0;
  for (const std::int64_t length : {width, width, width, columns}) {
    biased.push_back(d.chance(50) ? 1 : 0);
    biases += biased.back() * length;
  }
  std::vector<Value> inputs{x, d.weight({3 * shape[2], width}), d.weight({width, columns})};
  if (biases > 0) inputs.push_back(d.weight({biases}));
  const bool masked = d.chance(50);
  if (masked) inputs.push_back(d.parameter({d.chance(50) ? shape[0] : 1, 1, 1, shape[1]}));
  return d.add(type, {{"scale", 0.5}, {"biased", biased}, {"masked", masked}}, inputs);
}

std::optional<Value> draw_attention(Drawer& d, std::string_view type) {
  const std::int64_t tokens = d.between(1, 5);
  const std::int64_t kv_heads = d.between(1, 3);
  const std::int64_t width = d.between(1, 8);
  const std::int64_t past = d.between(0, 9);
  const Shape fresh{1, tokens, kv_heads, width};
  std::vector<Value> operands{d.input({1, tokens, kv_heads * d.between(1, 4), width}),
                              d.input(fresh), d.input(fresh),
                              d.input({1, 1, tokens, past + tokens})};
  if (past > 0) {
    operands.push_back(d.input({1, past, kv_heads, width}));
    operands.push_back(d.input({1, past, kv_heads, width}));
  }
  return d.add(type, {}, operands);
}

const std::map<std::string_view, Draw>& draws() {
  static const std::map<std::string_view, Draw> all = {
      {"And", draw_of_type<DType::kBool>},
      {"Or", draw_of_type<DType::kBool>},
      {"Xor", draw_of_type<DType::kBool>},
      {"Not", draw_of_type<DType::kBool>},
      {"BitShift", draw_of_type<DType::kU8>},
      {"BitwiseAnd", draw_of_type<DType::kU8>},
      {"BitwiseNot", draw_of_type<DType::kU8>},
      {"BitwiseOr", draw_of_type<DType::kU8>},
      {"BitwiseXor", draw_of_type<DType::kU8>},
      {"Mod", draw_of_type<DType::kI32>},
      {"Quantize", draw_scaled},
      {"Dequantize", draw_scaled},
      {"Where", draw_where},
      {"PRelu", draw_prelu},
      {"Cast", draw_cast},
      {"Softmax", draw_rows},
      {"LogSoftmax", draw_rows},
      {"Hardmax", draw_rows},
      {"LpNorm", draw_rows},
      {"CumSum", draw_rows},
      {"Arg", draw_rows},
      {"TopK", draw_rows},
      {"Reduce", draw_reduce},
      {"Trilu", draw_trilu},
      {"BatchNorm", draw_batch_norm},
      {"GroupNorm", draw_map_norm},
      {"InstanceNorm", draw_map_norm},
      {"LayerNorm", draw_row_norm},
      {"RmsNorm", draw_row_norm},
      {"Lrn", draw_lrn},
      {"GridSample", draw_grid_sample},
      {"Host", draw_host},
      {"Launch", draw_launch},
      {"Conv", draw_map<convolution>},
      {"ConvTranspose", draw_map<convolution>},
      {"MaxPool", draw_map<pool>},
      {"AveragePool", draw_map<pool>},
      {"MatMul", draw_product},
      {"A16MatMul", draw_packed_product},
      {"Rope", draw_rope},
      {"GroupedAttention", draw_attention},
      {"HeadAttention", draw_head},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& drawable_ops() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, def] : OpRegistry::instance().all()) {
      if (def.layout == LayoutRule::kSource || def.layout == LayoutRule::kSink) continue;
      all.push_back(name);
    }
    return all;
  }();
  return names;
}

std::optional<Value> draw_op(Drawer& drawer, std::string_view type) {
  const auto found = draws().find(type);
  if (found != draws().end()) return found->second(drawer, type);
  if (const auto move = movement_draw(type)) return move(drawer, type);
  const OpDef& def = *OpRegistry::instance().find(type);
  return def.operands.min == 1 ? draw_unary(drawer, type) : draw_binary(drawer, type);
}

}  // namespace tpuscope::generators
