// Draws of ops that move elements: see movements.h.

#include "tests/generators/movements.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

namespace tpuscope::generators {
namespace {

std::int64_t last(const Shape& shape) {
  return static_cast<std::int64_t>(shape.size()) - 1;
}

std::optional<Value> draw_permute(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 6);
  std::vector<std::int64_t> order(d.rank(x));
  std::iota(order.begin(), order.end(), 0);
  if (order.size() == 4 && d.chance(60)) {
    // What attention and layouts of images use.
    order = d.one_of<std::vector<std::int64_t>>(
        {{0, 2, 1, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 1, 3, 2}});
  } else {
    for (std::size_t axis = 1; axis < order.size(); ++axis)
      std::swap(order[axis],
                order[static_cast<std::size_t>(d.between(0, static_cast<std::int64_t>(axis)))]);
  }
  return d.add(type, {{"order", order}}, {x});
}

std::optional<Value> draw_reshape(Drawer& d, std::string_view) {
  return view_of(d, d.tensor_of_rank(1, 6));
}

std::optional<Value> draw_unsqueeze(Drawer& d, std::string_view) {
  const Value x = d.tensor_of_rank(1, 4);
  return d.add("Unsqueeze", {{"axes", IntList{d.between(0, last(d.shape(x)) + 1)}}}, {x});
}

std::optional<Value> draw_squeeze(Drawer& d, std::string_view type) {
  Value x = d.tensor_of_rank(1, 5);
  IntList axes;
  for (std::size_t axis = 0; axis < d.rank(x); ++axis) {
    if (d.shape(x)[axis] == 1) axes.push_back(static_cast<std::int64_t>(axis));
  }
  if (axes.empty()) {
    axes = {d.between(0, last(d.shape(x)) + 1)};
    x = d.add_or(x, "Unsqueeze", {{"axes", axes}}, {x});
  }
  return d.add(type, {{"axes", axes}}, {x});
}

std::optional<Value> draw_expand(Drawer& d, std::string_view type) {
  Value x = d.tensor_of_rank(1, 5);
  // Heads repeated for grouped queries: a new axis, expanded, then joined with its neighbour.
  if (d.rank(x) > 1 && d.chance(40)) {
    const std::int64_t axis = d.between(1, last(d.shape(x)));
    x = d.add_or(x, "Unsqueeze", {{"axes", IntList{axis}}}, {x});
  }
  Shape shape = d.shape(x);
  for (std::int64_t& extent : shape) {
    if (extent == 1 && d.chance(60)) extent = d.extent(16);
  }
  for (std::int64_t i = d.between(0, 1); i > 0 && shape.size() < 6; --i)
    shape.insert(shape.begin(), d.extent(4));
  const auto expanded = d.add(type, {{"shape", shape}}, {x});
  if (expanded && d.chance(40)) view_of(d, *expanded);
  return expanded;
}

std::optional<Value> draw_tile(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  IntList repeats;
  for (std::size_t axis = 0; axis < d.rank(x); ++axis)
    repeats.push_back(d.chance(40) ? d.extent(8) : 1);
  return d.add(type, {{"repeats", repeats}}, {x});
}

std::optional<Value> draw_slice(Drawer& d, std::string_view) {
  return crop_of(d, d.tensor_of_rank(1, 6));
}

std::optional<Value> draw_concat(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  const std::size_t axis = d.any_axis(x);
  std::vector<Value> parts = {x};
  for (std::int64_t i = d.between(0, 3); i > 0; --i) {
    Shape shape = d.shape(x);
    shape[axis] = d.extent(std::max<std::int64_t>(1, 2 * shape[axis]));
    if (d.chance(60)) {
      // What an op computes may be written in place.
      parts.push_back(d.add_or(x, "Relu", {}, {d.input(shape)}));
    } else {
      parts.push_back(d.chance(30) ? x : d.parameter(shape));
    }
  }
  if (d.chance(30)) std::swap(parts.front(), parts.back());
  return d.add(type, {{"axis", static_cast<std::int64_t>(axis)}}, parts);
}

std::optional<Value> draw_swap(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  IntList offsets;
  for (const std::int64_t extent : d.shape(x))
    offsets.push_back(d.chance(50) ? d.between(0, extent - 1) : 0);
  return d.add(type, {{"offset", offsets}}, {x});
}

std::optional<Value> draw_pad(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 5);
  const std::string mode = d.one_of<std::string>({"constant", "reflect", "edge"});
  IntList pads;
  for (int side = 0; side < 2; ++side) {
    for (const std::int64_t extent : d.shape(x)) {
      const std::int64_t most = mode == "reflect" ? std::min<std::int64_t>(extent - 1, 5) : 5;
      const std::int64_t least = mode == "constant" && d.chance(10) ? -1 : 0;
      pads.push_back(d.chance(50) ? d.between(least, most) : 0);
    }
  }
  return d.add(type, {{"pads", pads}, {"mode", mode}}, {x});
}

Value indices(Drawer& d, const Shape& shape) {
  return d.chance(50) ? d.input(shape, DType::kI64) : d.constant(shape, DType::kI64, {0});
}

std::optional<Value> draw_gather(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 4);
  const Shape picked = d.chance(30) ? Shape{} : Shape{d.extent(32)};
  return d.add(type, {{"axis", static_cast<std::int64_t>(d.any_axis(x))}}, {x, indices(d, picked)});
}

std::optional<Value> draw_gather_elements(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 4);
  Shape shape = d.shape(x);
  const std::size_t axis = d.any_axis(x);
  shape[axis] = d.extent(16);
  return d.add(type, {{"axis", static_cast<std::int64_t>(axis)}}, {x, indices(d, shape)});
}

std::optional<Value> draw_gather_nd(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 4);
  const std::int64_t depth = d.between(1, static_cast<std::int64_t>(d.rank(x)));
  return d.add(type, {}, {x, indices(d, {d.extent(16), depth})});
}

std::optional<Value> draw_scatter_elements(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 4);
  const std::size_t axis = d.any_axis(x);
  Shape shape = d.shape(x);
  shape[axis] = std::min<std::int64_t>(shape[axis], 1);
  return d.add(type, {{"axis", static_cast<std::int64_t>(axis)}},
               {x, d.constant(shape, DType::kI64, {0}), d.input(shape)});
}

std::optional<Value> draw_scatter_nd(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(1, 4);
  Shape updates = d.shape(x);
  updates.front() = 1;
  return d.add(type, {{"reduction", d.one_of<std::string>({"none", "add"})}},
               {x, d.constant({1, 1}, DType::kI64, {0}), d.input(updates)});
}

std::optional<Value> draw_one_hot(Drawer& d, std::string_view type) {
  const Value picked = d.input(d.any_shape(static_cast<std::size_t>(d.between(1, 3))), DType::kI64);
  return d.add(type, {{"depth", d.between(1, 32)}, {"axis", d.between(-1, 0)}},
               {picked, d.constant({2}, DType::kF32, {0, 1})});
}

std::optional<Value> draw_reverse_sequence(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(2, 4);
  return d.add(type, {}, {x, d.constant({d.shape(x)[1]}, DType::kI64, {1})});
}

std::optional<Value> draw_blocks_of_pixels(Drawer& d, std::string_view type) {
  const std::int64_t block = d.between(1, 3);
  Shape shape = d.any_shape(4);
  if (type == "DepthToSpace") shape[1] *= block * block;
  if (type == "SpaceToDepth") {
    shape[2] *= block;
    shape[3] *= block;
  }
  Attributes attributes{{"block", block}};
  if (type == "DepthToSpace") attributes.set("mode", d.one_of<std::string>({"DCR", "CRD"}));
  return d.add(type, attributes, {d.input(shape)});
}

std::optional<Value> draw_resize(Drawer& d, std::string_view type) {
  const Value x = d.tensor_of_rank(3, 5);
  IntList sizes = d.shape(x);
  FloatList scales(sizes.size(), 1.0);
  for (std::size_t axis = d.chance(85) ? 2 : 1; axis < sizes.size(); ++axis) {
    const double scale = d.one_of<double>({1.0, 2.0, 0.5, 3.0, 1.5, 0.4});
    const auto size = static_cast<std::int64_t>(static_cast<double>(sizes[axis]) * scale);
    if (scale == 1.0 || size < 1) continue;
    sizes[axis] = size;
    scales[axis] = scale;
  }
  return d.add(type,
               {{"sizes", sizes},
                {"scales", scales},
                {"mode", d.one_of<std::string>({"nearest", "linear", "cubic"})},
                {"coordinates", d.one_of<std::string>({"half_pixel", "asymmetric", "align_corners",
                                                       "pytorch_half_pixel"})},
                {"nearest_mode", d.one_of<std::string>({"floor", "round_prefer_floor", "ceil"})}},
               {x});
}

}  // namespace

std::optional<Value> view_of(Drawer& d, Value x) {
  Shape shape = d.shape(x);
  const std::int64_t steps = d.between(1, 3);
  for (std::int64_t step = 0; step < steps && !shape.empty(); ++step) {
    const auto axis = static_cast<std::size_t>(d.between(0, last(shape)));
    const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    switch (d.between(0, 2)) {
      case 0:
        if (axis + 1 < shape.size()) {
          shape[axis] *= shape[axis + 1];
          shape.erase(at + 1);
        }
        break;
      case 1: {
        if (shape.size() >= 6) break;
        std::vector<std::int64_t> divisors;
        for (std::int64_t i = 1; i <= std::min<std::int64_t>(shape[axis], 64); ++i) {
          if (shape[axis] % i == 0) divisors.push_back(i);
        }
        if (divisors.empty()) break;
        const std::int64_t factor = d.one_of(divisors);
        shape[axis] /= factor;
        shape.insert(at, factor);
        break;
      }
      default:
        if (shape.size() < 6) shape.insert(at, 1);
    }
  }
  return d.add("Reshape", {{"shape", shape}}, {x});
}

std::optional<Value> crop_of(Drawer& d, Value x) {
  IntList starts;
  IntList extents;
  IntList steps;
  for (const std::int64_t extent : d.shape(x)) {
    std::int64_t start = 0;
    std::int64_t taken = extent;
    std::int64_t step = 1;
    switch (extent == 0 ? 0 : d.between(0, 5)) {
      case 0:
      case 1:
        break;
      case 2:  // a crop
        start = d.between(0, extent - 1);
        taken = d.between(d.chance(5) ? 0 : 1, extent - start);
        break;
      case 3:  // one of them
        start = d.between(0, extent - 1);
        taken = 1;
        break;
      case 4:  // rows skipped
        step = d.between(2, 4);
        start = d.between(0, std::min<std::int64_t>(step - 1, extent - 1));
        taken = (extent - start + step - 1) / step;
        break;
      default:  // backward
        step = -d.between(1, 2);
        start = extent - 1;
        taken = (extent - 1) / -step + 1;
    }
    starts.push_back(start);
    extents.push_back(taken);
    steps.push_back(step);
  }
  return d.add("Slice", {{"starts", starts}, {"extents", extents}, {"steps", steps}}, {x});
}

MovementDraw movement_draw(std::string_view type) {
  static const std::map<std::string_view, MovementDraw> all = {
      {"Permute", draw_permute},
      {"Reshape", draw_reshape},
      {"Unsqueeze", draw_unsqueeze},
      {"Squeeze", draw_squeeze},
      {"Expand", draw_expand},
      {"Tile", draw_tile},
      {"Slice", draw_slice},
      {"Concat", draw_concat},
      {"SwapDimInner", draw_swap},
      {"Pad", draw_pad},
      {"Gather", draw_gather},
      {"GatherElements", draw_gather_elements},
      {"GatherND", draw_gather_nd},
      {"ScatterElements", draw_scatter_elements},
      {"ScatterND", draw_scatter_nd},
      {"OneHot", draw_one_hot},
      {"ReverseSequence", draw_reverse_sequence},
      {"DepthToSpace", draw_blocks_of_pixels},
      {"SpaceToDepth", draw_blocks_of_pixels},
      {"Resize", draw_resize},
  };
  const auto found = all.find(type);
  return found == all.end() ? nullptr : found->second;
}

}  // namespace tpuscope::generators
