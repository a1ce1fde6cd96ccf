// DeformConv: a convolution whose taps read between the elements of the map, each moved by an
// offset that is computed. As a GridSample of all taps, one below the other, and a 1x1 convolution
// of what they read, as the vendor's compiler takes it apart too (a gather, which it leaves to the
// host, and a convolution).

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kMostPoints = std::int64_t{1} << 24;

struct Deformed {
  Shape map{};      ///< n, c, h, w
  Shape weight{};   ///< channels of the result, of a group, and the kernel
  Shape offsets{};  ///< n, 2 for each tap of each group of offsets, and the result's rows, columns
  IntList strides{};
  IntList dilations{};
  IntList pads{};
  std::int64_t groups = 1;
  std::int64_t offset_groups = 1;

  std::int64_t taps() const { return weight[2] * weight[3]; }
  std::int64_t rows() const { return offsets[2]; }
  std::int64_t columns() const { return offsets[3]; }
  /// Images of which each has offsets of its own.
  std::int64_t images() const { return map[0] * offset_groups; }
  std::int64_t extent(std::size_t axis, std::int64_t size) const {
    const std::int64_t span = dilations[axis] * (weight[axis + 2] - 1) + 1;
    return (size + pads[axis] + pads[axis + 2] - span) / strides[axis] + 1;
  }
};

bool fits_together(const Deformed& conv) {
  constexpr std::size_t kMapRank = 4;
  if (conv.map.size() != kMapRank || conv.weight.size() != kMapRank ||
      conv.offsets.size() != kMapRank || conv.strides.size() != 2 || conv.dilations.size() != 2 ||
      conv.pads.size() != kMapRank || conv.groups < 1 || conv.offset_groups < 1) {
    return false;
  }
  for (const IntList* sizes : {&conv.strides, &conv.dilations, &conv.map, &conv.weight}) {
    for (const std::int64_t size : *sizes) {
      if (size < 1 || size > kMostPoints) return false;
    }
  }
  return conv.map[1] == conv.weight[1] * conv.groups && conv.map[1] % conv.offset_groups == 0 &&
         conv.offsets[0] == conv.map[0] &&
         conv.offsets[1] == 2 * conv.taps() * conv.offset_groups &&
         conv.rows() == conv.extent(0, conv.map[2]) &&
         conv.columns() == conv.extent(1, conv.map[3]);
}

Result<Deformed> deformed(const OnnxNode& node) {
  Deformed conv{.map = node.type(0).shape,
                .weight = node.type(1).shape,
                .offsets = node.type(2).shape,
                .strides = node.integers("strides", {1, 1}),
                .dilations = node.integers("dilations", {1, 1}),
                .pads = node.integers("pads", {0, 0, 0, 0}),
                .groups = node.integer("group", 1),
                .offset_groups = node.integer("offset_group", 1)};
  if (!fits_together(conv)) {
    return Error{.message = fmt::format("the map is {}, the weight {} and offsets are {}, which do "
                                        "not go together over two axes",
                                        type_text(node.type(0)), type_text(node.type(1)),
                                        type_text(node.type(2)))};
  }
  if (conv.taps() * conv.rows() * conv.columns() > kMostPoints)
    return unsupported(node, "a grid of so many points");
  return conv;
}

/// Numbers from -1 to 1 for where each tap reads along an axis (0: rows): position p of an extent e
/// is (2 p + 1) / e - 1. [images, taps * rows, columns, 1]
Result<Value> tap_numbers(OnnxNode& node, const Deformed& conv, Value offsets, std::size_t axis) {
  TPU_TRY(const Value own, add_axis_slice(node, offsets, 2, static_cast<std::int64_t>(axis), 1));
  const auto extent = static_cast<double>(conv.map[axis + 2]);
  TPU_TRY(const Value moved, scaled(node, own, 2 / extent));
  HostTensor base =
      HostTensor::zeros({node.type(2).dtype, {1, conv.taps(), 1, conv.rows(), conv.columns()}});
  for (std::int64_t i = 0; i < base.elements(); ++i) {
    const std::int64_t tap = i / (conv.rows() * conv.columns());
    const std::int64_t at[] = {i / conv.columns() % conv.rows(), i % conv.columns()};
    const std::int64_t in_kernel[] = {tap / conv.weight[3], tap % conv.weight[3]};
    const std::int64_t position =
        at[axis] * conv.strides[axis] - conv.pads[axis] + in_kernel[axis] * conv.dilations[axis];
    base[i] = (2 * static_cast<double>(position) + 1) / extent - 1;
  }
  base.round();
  TPU_TRY(const Value sum, node.add("Add", {}, {moved, node.constant_of(std::move(base))}));
  return reshaped(node, sum, {conv.images(), conv.taps() * conv.rows(), conv.columns(), 1});
}

/// x, weight, offsets; bias and mask where the node has them.
OnnxValues translate_deformable_conv(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value weight, node.input(1));
  TPU_TRY(const Value offsets, node.input(2));
  TPU_TRY(const Deformed conv, deformed(node));
  const Shape grid{conv.images(), conv.taps(), 2, conv.rows(), conv.columns()};
  TPU_TRY(const Value pairs, reshaped(node, offsets, grid));
  TPU_TRY(const Value row, tap_numbers(node, conv, pairs, 0));
  TPU_TRY(const Value column, tap_numbers(node, conv, pairs, 1));
  TPU_TRY(const Value points, concatenated(node, {column, row}, 3));
  const std::int64_t channels = conv.map[1] / conv.offset_groups;
  TPU_TRY(const Value map, reshaped(node, x, {conv.images(), channels, conv.map[2], conv.map[3]}));
  TPU_TRY(Value read, node.add("GridSample", {}, {map, points}));
  if (node.has_input(4)) {
    const Shape shape{conv.images(), 1, conv.taps() * conv.rows(), conv.columns()};
    if (node.type(4).elements() != element_count(shape)) {
      return Error{.message = fmt::format("the mask is {}, {} numbers are needed",
                                          type_text(node.type(4)), element_count(shape))};
    }
    TPU_TRY(const Value mask, reshaped(node, *node.inputs[4], shape));
    TPU_TRY(read, node.add("Mul", {}, {read, mask}));
  }
  TPU_TRY(read, reshaped(node, read,
                         {conv.map[0], conv.map[1] * conv.taps(), conv.rows(), conv.columns()}));
  TPU_TRY(const Value filter,
          reshaped(node, weight, {conv.weight[0], conv.weight[1] * conv.taps(), 1, 1}));
  std::vector<std::optional<Value>> operands{read, filter};
  if (node.has_input(3)) operands.push_back(node.inputs[3]);
  node.attributes = Attributes{{"group", conv.groups}};
  return translate_onnx(node, "Conv", std::move(operands));
}

TPU_REGISTER(register_onnx("DeformConv", translate_deformable_conv));

}  // namespace
}  // namespace tpuscope
