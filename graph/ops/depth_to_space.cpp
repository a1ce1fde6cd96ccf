// DepthToSpace and SpaceToDepth: blocks of b * b pixels against channels. Both are a permute of the
// tensor seen with six axes, which is one strided copy; they share a file, since each is the other
// one's copy read backwards.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

/// Axes of the wide side [n, c, h, by, w, bx].
constexpr std::size_t kRow = 2;
constexpr std::size_t kBlockRow = 3;
constexpr std::size_t kColumn = 4;
constexpr std::size_t kBlockColumn = 5;

/// More pieces than this are described as one.
constexpr std::int64_t kMostPieces = 4096;

/// Strides of the deep side [n, c * b * b, h, w] for the wide side's axes [n, c, h, by, w, bx].
std::vector<std::int64_t> deep_strides(const Shape& deep, std::int64_t block, bool channels_first) {
  const std::vector<std::int64_t> dense = dense_strides(deep);
  const std::int64_t channels = deep[1] / (block * block);
  const std::int64_t of_channel = channels_first ? block * block : 1;
  const std::int64_t of_block = channels_first ? 1 : channels;
  return {dense[0], of_channel * dense[1], dense[2], block * of_block * dense[1],
          dense[3], of_block * dense[1]};
}

Shape wide_axes(const Shape& deep, std::int64_t block) {
  return {deep[0], deep[1] / (block * block), deep[2], block, deep[3], block};
}

Result<std::int64_t> checked_block(const OpView& op) {
  const std::int64_t block = op.attrs().integer("block");
  if (block < 1 || block > (std::int64_t{1} << 20) || op.input(0).rank() != 4) {
    return Error{.message = fmt::format("blocks of {} by {} in {}: needs a positive block and four "
                                        "axes",
                                        block, block, type_text(op.input(0)))};
  }
  const std::string& mode = op.attrs().text("mode");
  if (mode != "DCR" && mode != "CRD") {
    return Error{.message = fmt::format("there is no mode {} of blocks", in_quotes(mode)),
                 .hint = "use \"DCR\" or \"CRD\""};
  }
  return block;
}

Error uneven(std::int64_t block, const TensorType& type) {
  return {.message = fmt::format("{} does not divide in blocks of {} by {}", type_text(type), block,
                                 block)};
}

Result<std::vector<TensorType>> infer_wide(const OpView& op) {
  TPU_TRY(const std::int64_t block, checked_block(op));
  const Shape& s = op.input(0).shape;
  if (s[1] % (block * block) != 0) return uneven(block, op.input(0));
  return std::vector<TensorType>{
      {op.input(0).dtype, {s[0], s[1] / (block * block), s[2] * block, s[3] * block}}};
}

Result<std::vector<TensorType>> infer_deep(const OpView& op) {
  TPU_TRY(const std::int64_t block, checked_block(op));
  const Shape& s = op.input(0).shape;
  if (s[2] % block != 0 || s[3] % block != 0) return uneven(block, op.input(0));
  return std::vector<TensorType>{
      {op.input(0).dtype, {s[0], s[1] * block * block, s[2] / block, s[3] / block}}};
}

/// One copy of [n, c, h, w] pixels of the wide side for each row, and where so asked each column,
/// of blocks and each channel, since the vendor's kernel has a command for each.
Movement movement_wide(const OpView& op) {
  const std::int64_t block = op.attrs().integer("block");
  const Shape& deep = op.input(0).shape;
  const bool channels_first = op.attrs().text("mode") == "CRD";
  const Shape axes = wide_axes(deep, block);
  const std::vector<std::int64_t> strides = deep_strides(deep, block, channels_first);
  if (!channels_first || block > kMostPieces) return {.copies = {whole_result(axes, strides)}};
  const std::vector<std::int64_t> dense = dense_strides(axes);
  Movement movement;
  for (std::int64_t row = 0; row < block; ++row) {
    StridedCopy copy{.extents = axes,
                     .operand_strides = strides,
                     .result_strides = dense,
                     .operand_offset = row * strides[kBlockRow],
                     .result_offset = row * dense[kBlockRow]};
    copy.extents[kBlockRow] = 1;
    movement.copies.push_back(simplified(std::move(copy)));
  }
  return movement;
}

Movement movement_deep(const OpView& op) {
  const std::int64_t block = op.attrs().integer("block");
  const Shape& deep = op.result().shape;
  const Shape axes = wide_axes(deep, block);
  const bool channels_first = op.attrs().text("mode") == "CRD";
  const std::vector<std::int64_t> strides = deep_strides(deep, block, channels_first);
  const std::vector<std::int64_t> dense = dense_strides(axes);
  if (channels_first || block == 1 || deep[1] > kMostPieces) {
    return {.copies = {simplified(
                {.extents = axes, .operand_strides = dense, .result_strides = strides})}};
  }
  Movement movement;
  for (std::int64_t row = 0; row < block; ++row) {
    for (std::int64_t column = 0; column < block; ++column) {
      for (std::int64_t channel = 0; channel < axes[1]; ++channel) {
        movement.copies.push_back(
            {.extents = {axes[0], axes[kRow], axes[kColumn]},
             .operand_strides = {dense[0], dense[kRow], dense[kColumn]},
             .result_strides = {strides[0], strides[kRow], strides[kColumn]},
             .operand_offset = channel * dense[1] + row * dense[kBlockRow] + column,
             .result_offset =
                 channel * strides[1] + row * strides[kBlockRow] + column * strides[kBlockColumn]});
      }
    }
  }
  return movement;
}

/// Only the batch: pixels and channels mix.
std::vector<bool> divisible_depth_to_space(const OpView& /*op*/) {
  return {true, false, false, false};
}

Region input_region_depth_to_space(const OpView& op, std::size_t /*operand*/,
                                   const Region& result) {
  return follow_axes(op.input(0).shape, {0, kWholeAxis, kWholeAxis, kWholeAxis}, result);
}

OnnxValues translate_depth_to_space(OnnxNode& node, bool to_space) {
  TPU_TRY(const Value x, node.input(0));
  const Attributes attributes{{"block", node.integer("blocksize", 1)},
                              {"mode", node.text("mode", "DCR")}};
  return single(node.add(to_space ? "DepthToSpace" : "SpaceToDepth", attributes, {x}));
}

TPU_REGISTER(
    register_op({.name = "DepthToSpace",
                 .summary = "channels to blocks of pixels",
                 .attributes = {{"block", std::int64_t{1}, "pixels per side of a block", true},
                                {"mode", std::string("DCR"), "DCR or CRD: order in the channels"}},
                 .layout = LayoutRule::kMovement,
                 .infer = infer_wide,
                 .evaluate = evaluate_movement<movement_wide>,
                 .movement = movement_wide,
                 .input_region = input_region_depth_to_space,
                 .divisible_axes = divisible_depth_to_space}) &&
    register_op({.name = "SpaceToDepth",
                 .summary = "blocks of pixels to channels",
                 .attributes = {{"block", std::int64_t{1}, "pixels per side of a block", true},
                                {"mode", std::string("DCR"), "DCR or CRD: order in the channels"}},
                 .layout = LayoutRule::kMovement,
                 .infer = infer_deep,
                 .evaluate = evaluate_movement<movement_deep>,
                 .movement = movement_deep,
                 .input_region = input_region_depth_to_space,
                 .divisible_axes = divisible_depth_to_space}) &&
    register_onnx("DepthToSpace",
                  [](OnnxNode& node) { return translate_depth_to_space(node, true); }) &&
    register_onnx("SpaceToDepth",
                  [](OnnxNode& node) { return translate_depth_to_space(node, false); }));

Status emit_depth_to_space(OnnxEmission& out) {
  Attributes attributes = out.attrs();
  if (out.op().is("SpaceToDepth")) {  // the mode is newer than the operator set
    if (out.attrs().text("mode") != "DCR") return out.unsupported("mode CRD");
    attributes.erase("mode");
  }
  attributes.erase("block");
  attributes.set("blocksize", out.attrs().integer("block"));
  return out.finish(out.op().def->name, out.inputs(), attributes);
}

TPU_REGISTER(register_onnx_emission("DepthToSpace", emit_depth_to_space) &&
             register_onnx_emission("SpaceToDepth", emit_depth_to_space));

}  // namespace
}  // namespace tpuscope
