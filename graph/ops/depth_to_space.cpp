// DepthToSpace and SpaceToDepth: blocks of b * b pixels against channels. Both are a permute of the
// tensor seen with six axes, which is one strided copy; they share a file, since each is the other
// one's copy read backwards.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"

namespace tpuscope {
namespace {

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

Movement movement_wide(const OpView& op) {
  const std::int64_t block = op.attrs().integer("block");
  const Shape& deep = op.input(0).shape;
  return {.copies = {whole_result(wide_axes(deep, block),
                                  deep_strides(deep, block, op.attrs().text("mode") == "CRD"))}};
}

Movement movement_deep(const OpView& op) {
  const std::int64_t block = op.attrs().integer("block");
  const Shape& deep = op.result().shape;
  const Shape axes = wide_axes(deep, block);
  const bool channels_first = op.attrs().text("mode") == "CRD";
  return {.copies = {simplified({.extents = axes,
                                 .operand_strides = dense_strides(axes),
                                 .result_strides = deep_strides(deep, block, channels_first)})}};
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
