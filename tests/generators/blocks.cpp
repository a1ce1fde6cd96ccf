// Convolutions, products and what networks make of them: see blocks.h.

#include "tests/generators/blocks.h"

#include <algorithm>
#include <string>

#include "tests/generators/movements.h"

namespace tpuscope::generators {
namespace {

/// An attribute with one number for each spatial axis.
IntList per_axis(Drawer& d, std::size_t axes, std::int64_t low, std::int64_t high,
                 std::int64_t percent) {
  IntList list;
  for (std::size_t i = 0; i < axes; ++i)
    list.push_back(d.chance(percent) ? d.between(low, high) : low);
  return list;
}

/// A window over the tensor's spatial axes that fits more often than not.
Attributes window(Drawer& d, const Shape& spatial, Shape& kernel, std::int64_t max_kernel) {
  const std::size_t axes = spatial.size();
  const IntList dilations = d.chance(20) ? per_axis(d, axes, 1, 3, 70) : IntList(axes, 1);
  IntList pads(2 * axes, 0);
  kernel.clear();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t most = d.chance(10) ? max_kernel + 6 : max_kernel;
    kernel.push_back(std::max<std::int64_t>(1, std::min(d.between(1, most), spatial[i])));
    const std::int64_t half = (kernel[i] - 1) * dilations[i] / 2;
    if (d.chance(60)) {
      pads[i] = half;
      pads[axes + i] = half;
    } else if (d.chance(40)) {
      pads[i] = d.between(0, half);
      pads[axes + i] = d.between(0, half + 1);
    }
  }
  return {{"strides", d.chance(50) ? IntList(axes, 1) : per_axis(d, axes, 1, 4, 70)},
          {"pads", pads},
          {"dilations", dilations}};
}

std::string_view activation(Drawer& d) {
  return d.one_of<std::string_view>({"Relu", "Silu", "Gelu", "LeakyRelu", "HardSwish", "Sigmoid"});
}

/// LayerNorm or RmsNorm over the last axis.
Value row_norm(Drawer& d, Value x) {
  const Shape row = {d.shape(x).back()};
  if (d.chance(30)) return d.add_or(x, "RmsNorm", {}, {x, d.weight(row)});
  return d.add_or(x, "LayerNorm", {}, {x, d.weight(row), d.weight(row)});
}

/// [.., n, heads * width] to [.., heads, n, width].
Value split_heads(Drawer& d, Value x, std::int64_t heads) {
  Shape shape = d.shape(x);
  shape.back() /= heads;
  shape.insert(shape.end() - 1, heads);
  const Value split = d.add_or(x, "Reshape", {{"shape", shape}}, {x});
  return d.add_or(split, "Permute", {{"order", IntList{0, 2, 1, 3}}}, {split});
}

Value projected(Drawer& d, Value x, std::int64_t columns) {
  const Value y = d.add_or(x, "MatMul", {}, {x, d.weight({d.shape(x).back(), columns})});
  return d.chance(60) ? d.add_or(y, "Add", {}, {y, d.weight({columns})}) : y;
}

struct Heads {
  Value query{};
  Value key{};
  Value value{};
};

/// One product for all three, cut apart: qkv as Swin and ViT export it.
std::optional<Heads> joined_heads(Drawer& d, Value x, std::int64_t heads, std::int64_t width) {
  const Value qkv = projected(d, x, 3 * heads * width);
  const Shape& shape = d.shape(qkv);
  const auto split =
      d.add("Reshape", {{"shape", IntList{shape[0], shape[1], 3, heads, width}}}, {qkv});
  if (!split) return std::nullopt;
  const auto turned = d.add("Permute", {{"order", IntList{2, 0, 3, 1, 4}}}, {*split});
  if (!turned) return std::nullopt;
  std::vector<Value> parts;
  IntList extents = d.shape(*turned);
  extents[0] = 1;
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto part =
        d.add("Slice", {{"starts", IntList{i, 0, 0, 0, 0}}, {"extents", extents}}, {*turned});
    if (!part) return std::nullopt;
    parts.push_back(d.add_or(*part, "Squeeze", {{"axes", IntList{0}}}, {*part}));
  }
  return Heads{parts[0], parts[1], parts[2]};
}

/// Three products; keys and values of fewer heads are repeated by Expand.
Heads separate_heads(Drawer& d, Value x, std::int64_t heads, std::int64_t width) {
  const bool is_cross = d.chance(25);
  Shape other = d.shape(x);
  if (is_cross) other[1] = d.extent(64);
  const Value source = is_cross ? d.input(other) : x;
  const std::int64_t groups = d.chance(30) && heads % 2 == 0 ? heads / 2 : heads;
  const auto repeated = [&](Value y) {
    if (groups == heads) return y;
    const Shape held = d.shape(y);  // [b, groups, n, width]
    const auto apart = d.add("Unsqueeze", {{"axes", IntList{2}}}, {y});
    if (!apart) return y;
    const auto wide =
        d.add("Expand", {{"shape", IntList{held[0], groups, heads / groups, held[2], held[3]}}},
              {*apart});
    if (!wide) return y;
    return d.add_or(y, "Reshape", {{"shape", IntList{held[0], heads, held[2], held[3]}}}, {*wide});
  };
  return {split_heads(d, projected(d, x, heads * width), heads),
          repeated(split_heads(d, projected(d, source, groups * width), groups)),
          repeated(split_heads(d, projected(d, source, groups * width), groups))};
}

std::optional<Value> attended(Drawer& d, const Heads& heads) {
  Value query = heads.query;
  if (d.chance(50))
    query = d.add_or(query, "Mul", {}, {query, d.constant({}, DType::kF32, {0.125})});
  const bool is_flag = d.chance(40);
  const Value key =
      is_flag ? heads.key
              : d.add_or(heads.key, "Permute", {{"order", IntList{0, 1, 3, 2}}}, {heads.key});
  const auto scores = d.add("MatMul", {{"right_transpose", is_flag}}, {query, key});
  if (!scores) return std::nullopt;
  Value weights = *scores;
  if (d.chance(50)) {
    Shape mask = d.shape(weights);
    if (d.chance(60)) mask[0] = 1;
    if (d.chance(60)) mask[1] = 1;
    weights = d.add_or(weights, "Add", {}, {weights, d.parameter(mask)});
  }
  weights = d.add_or(weights, "Softmax", {{"axis", std::int64_t{3}}}, {weights});
  return d.add("MatMul", {}, {weights, heads.value});
}

}  // namespace

std::optional<Value> convolution(Drawer& d, Value x, std::string_view type) {
  const Shape shape = d.shape(x);
  const std::int64_t channels = shape[1];
  const bool is_transposed = type == "ConvTranspose";
  Shape kernel;
  Attributes attributes =
      window(d, {shape.begin() + 2, shape.end()}, kernel, d.rank(x) == 5 ? 3 : 5);
  std::int64_t group = 1;
  if (channels > 1 && d.chance(35)) {
    std::vector<std::int64_t> divisors = {channels};  // depthwise
    for (std::int64_t i = 2; i < channels; ++i) {
      if (channels % i == 0) divisors.push_back(i);
    }
    group = d.one_of(divisors);
  }
  attributes.set("group", group);
  const std::int64_t results = group * d.extent(std::max<std::int64_t>(1, 256 / group));
  Shape weight =
      is_transposed ? Shape{channels, results / group} : Shape{results, channels / group};
  weight.insert(weight.end(), kernel.begin(), kernel.end());
  std::vector<Value> operands = {x, d.chance(90) ? d.weight(weight) : d.input(weight)};
  if (d.chance(50)) operands.push_back(d.weight({results}));
  return d.add(type, attributes, operands);
}

std::optional<Value> pool(Drawer& d, Value x, std::string_view type) {
  const Shape shape = d.shape(x);
  const Shape spatial(shape.begin() + 2, shape.end());
  Shape kernel;
  Attributes attributes = window(d, spatial, kernel, 4);
  if (d.chance(20)) {
    kernel = spatial;  // global
    attributes = {};
  }
  if (type == "AveragePool") attributes.set("count_include_pad", d.chance(50));
  attributes.set("kernel", kernel);
  attributes.set("ceil_mode", d.chance(30));
  return d.add(type, attributes, {x});
}

std::optional<Value> product(Drawer& d, Value x) {
  const Shape shape = d.shape(x);
  const std::size_t rank = shape.size();
  const std::int64_t columns = d.extent(512);
  Attributes attributes;
  const bool turns = d.chance(25);
  attributes.set("right_transpose", turns);
  std::vector<Value> operands = {x};
  if (rank == 4 && d.chance(20)) {
    attributes.set("hdim_is_batch", true);
    operands.push_back(turns ? d.input({shape[0], columns, shape[2], shape[3]})
                             : d.input({shape[0], shape[3], shape[2], columns}));
  } else if (d.chance(60)) {
    operands.push_back(turns ? d.weight({columns, shape.back()})
                             : d.weight({shape.back(), columns}));
    if (d.chance(40)) operands.push_back(d.weight({columns}));
  } else {
    Shape right = shape;
    right[rank - 2] = turns ? columns : shape.back();
    right[rank - 1] = turns ? shape.back() : columns;
    if (rank > 2 && d.chance(30)) right[0] = 1;
    operands.push_back(d.input(right));
  }
  return d.add("MatMul", attributes, operands);
}

void convolution_block(Drawer& d) {
  const Value x = d.tensor_of_rank(4, d.chance(15) ? 5 : 4);
  Value y = x;
  for (std::int64_t i = d.between(1, 3); i > 0; --i) {
    const auto made = convolution(d, y, d.chance(8) ? "ConvTranspose" : "Conv");
    if (!made) continue;
    y = *made;
    if (d.chance(20)) {
      const Shape channels = {d.shape(y)[1]};
      y = d.add_or(
          y, "BatchNorm", {},
          {y, d.weight(channels), d.weight(channels), d.weight(channels), d.weight(channels)});
    }
    if (d.chance(70)) y = d.add_or(y, activation(d), {}, {y});
  }
  if (d.shape(y) == d.shape(x)) y = d.add_or(y, "Add", {}, {y, x});
  if (d.chance(25)) {
    if (const auto pooled = pool(d, y, d.chance(50) ? "MaxPool" : "AveragePool")) y = *pooled;
  }
  if (d.chance(20)) {
    const auto other = pool(d, x, "MaxPool");
    if (other) d.add("Concat", {{"axis", std::int64_t{1}}}, {y, *other});
  }
}

void attention_block(Drawer& d) {
  Value x = d.tensor_of_rank(3, 3);
  if (d.chance(60)) x = row_norm(d, x);
  const std::int64_t heads = d.one_of<std::int64_t>({1, 2, 3, 4, 8});
  const std::int64_t width = d.one_of<std::int64_t>({4, 8, 16, 32, 7});
  const std::optional<Heads> qkv =
      d.chance(40) ? joined_heads(d, x, heads, width) : separate_heads(d, x, heads, width);
  if (!qkv) return;
  const auto y = attended(d, *qkv);
  if (!y || d.rank(*y) != 4) return;
  const Value turned = d.add_or(*y, "Permute", {{"order", IntList{0, 2, 1, 3}}}, {*y});
  const Shape shape = d.shape(turned);
  const Value flat = d.add_or(
      turned, "Reshape", {{"shape", IntList{shape[0], shape[1], shape[2] * shape[3]}}}, {turned});
  const Value out = projected(d, flat, d.shape(x).back());
  if (d.shape(out) == d.shape(x)) d.add("Add", {}, {out, x});
}

void feed_forward_block(Drawer& d) {
  const Value x = d.tensor_of_rank(2, 4);
  const Value normed = row_norm(d, x);
  const std::int64_t columns = d.shape(x).back();
  Value y = projected(d, normed, d.extent(512));
  y = d.add_or(y, activation(d), {}, {y});
  y = projected(d, y, columns);
  if (d.shape(y) == d.shape(x)) d.add("Add", {}, {x, y});
}

void leaving_block(Drawer& d) {
  const Value x = d.tensor_of_rank(1, 5);
  for (std::int64_t i = d.between(1, 3); i > 0; --i) {
    std::optional<Value> y = d.chance(50) ? view_of(d, x) : crop_of(d, x);
    if (y && d.chance(40)) y = d.chance(50) ? view_of(d, *y) : crop_of(d, *y);
  }
  if (d.chance(50)) {
    // The same tensor computed with once more, in place where memory is short.
    d.add("Relu", {}, {x});
  }
}

}  // namespace tpuscope::generators
