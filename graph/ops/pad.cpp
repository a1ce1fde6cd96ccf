// Pad: a border around a tensor, of a constant, of mirrored elements or of repeated edge elements;
// negative pads crop. Per axis the result falls in up to three segments (before, inside, after),
// each a strided run of the operand, so every mode is a handful of strided copies: mirroring is a
// stride of -1, repeating one of 0.

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/ops/movement.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

struct Segment {
  std::int64_t result_begin = 0;
  std::int64_t extent = 0;
  std::int64_t operand_begin = 0;
  std::int64_t step = 1;
};

struct AxisPads {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

AxisPads pads_of(const OpView& op, std::size_t axis) {
  const IntList& pads = op.attrs().integers("pads");
  return {pads[axis], pads[axis + pads.size() / 2]};
}

std::vector<Segment> segments_of(const OpView& op, std::size_t axis) {
  const AxisPads pads = pads_of(op, axis);
  const std::int64_t length = op.input(0).shape[axis];
  const std::int64_t before = std::max<std::int64_t>(pads.before, 0);
  const std::int64_t after = std::max<std::int64_t>(pads.after, 0);
  const std::int64_t first = before - pads.before;  // operand index of the inside's first element
  const std::int64_t inside = length - first - (after - pads.after);
  std::vector<Segment> segments = {{before, inside, first, 1}};
  const std::string& mode = op.attrs().text("mode");
  if (mode == "reflect") {
    segments.push_back({0, before, first + before, -1});
    segments.push_back({before + inside, after, first + inside - 2, -1});
  } else if (mode == "edge") {
    segments.push_back({0, before, first, 0});
    segments.push_back({before + inside, after, first + inside - 1, 0});
  }
  std::erase_if(segments, [](const Segment& segment) { return segment.extent <= 0; });
  return segments;
}

Result<std::vector<TensorType>> infer_pad(const OpView& op) {
  TensorType result = op.input(0);
  TPU_TRY_STATUS(check_list_length(op, "pads", 2 * result.rank()));
  const std::string& mode = op.attrs().text("mode");
  if (mode != "constant" && mode != "reflect" && mode != "edge") {
    return Error{.message = fmt::format("Pad has no mode {}", in_quotes(mode)),
                 .hint = "use \"constant\", \"reflect\" or \"edge\""};
  }
  for (std::size_t axis = 0; axis < result.rank(); ++axis) {
    const AxisPads pads = pads_of(op, axis);
    const std::int64_t length = result.shape[axis];
    const std::int64_t most = std::max(pads.before, pads.after);
    const std::int64_t least = std::min(pads.before, pads.after);
    const bool absurd = most > kMaxElements || least < -length;
    const std::int64_t kept = absurd ? 0
                                     : length + std::min<std::int64_t>(pads.before, 0) +
                                           std::min<std::int64_t>(pads.after, 0);
    const bool too_far = (mode == "reflect" && most >= kept) || (mode == "edge" && kept < 1);
    if (absurd || kept < 0 || (most > 0 && too_far)) {
      return Error{.message = fmt::format("pads {} and {} do not suit axis {} of {} ({})",
                                          pads.before, pads.after, axis, type_text(result), mode)};
    }
    result.shape[axis] = length + pads.before + pads.after;
  }
  return std::vector<TensorType>{std::move(result)};
}

Movement movement_pad(const OpView& op) {
  const std::size_t rank = op.result().rank();
  const std::vector<std::int64_t> operand_strides = dense_strides(op.input(0).shape);
  const std::vector<std::int64_t> result_strides = dense_strides(op.result().shape);
  // One copy per combination of segments, built up axis by axis.
  std::vector<StridedCopy> copies(1);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::vector<StridedCopy> longer;
    for (const StridedCopy& copy : copies) {
      for (const Segment& segment : segments_of(op, axis)) {
        StridedCopy next = copy;
        next.extents.push_back(segment.extent);
        next.operand_strides.push_back(segment.step * operand_strides[axis]);
        next.result_strides.push_back(result_strides[axis]);
        next.operand_offset += segment.operand_begin * operand_strides[axis];
        next.result_offset += segment.result_begin * result_strides[axis];
        longer.push_back(std::move(next));
      }
    }
    copies = std::move(longer);
  }
  Movement movement{.fill_elements = op.result().elements()};
  for (StridedCopy& copy : copies) {
    movement.fill_elements -= copy.elements();
    movement.copies.push_back(simplified(std::move(copy)));
  }
  return movement;
}

Result<std::vector<HostTensor>> evaluate_pad(const OpView& op, std::span<const HostTensor> inputs) {
  return run_copies(op, inputs, movement_pad(op), op.attrs().number("value"));
}

std::vector<bool> divisible_pad(const OpView& op) {
  std::vector<bool> axes = all_axes(op);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const AxisPads pads = pads_of(op, axis);
    axes[axis] = pads.before == 0 && pads.after == 0;
  }
  return axes;
}

Region input_region_pad(const OpView& op, std::size_t /*operand*/, const Region& result) {
  std::vector<std::size_t> axes(result.size(), kWholeAxis);
  const std::vector<bool> kept = divisible_pad(op);
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (kept[axis]) axes[axis] = axis;
  }
  return follow_axes(op.input(0).shape, axes, result);
}

/// Mode "wrap" (operator set 19): each axis goes on at its other end.
Result<Value> wrapped_around(OnnxNode& node, Value x, const IntList& pads) {
  const Shape shape = node.graph().type(x).shape;
  if (pads.size() != 2 * shape.size()) {
    return Error{.message = fmt::format("{} pads for {} axes", pads.size(), shape.size())};
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const std::int64_t before = pads[axis];
    const std::int64_t after = pads[axis + shape.size()];
    const std::int64_t extent = shape[axis];
    if (before == 0 && after == 0) continue;
    if (std::max(before, after) > extent || std::min(before, after) < -extent ||
        extent + std::min<std::int64_t>(before, 0) + std::min<std::int64_t>(after, 0) < 0) {
      return Error{.message = fmt::format("pads {} and {} do not suit an axis of {}", before, after,
                                          extent)};
    }
    const std::int64_t first = std::max<std::int64_t>(-before, 0);
    const std::int64_t last = extent - std::max<std::int64_t>(-after, 0);
    std::vector<Value> parts;
    for (const auto& [begin, end] :
         {std::pair{extent - before, extent}, {first, last}, {0, after}}) {
      if (end <= begin) continue;
      TPU_TRY(parts.emplace_back(), add_axis_slice(node, x, axis, begin, end - begin));
    }
    x = parts.empty() ? x : parts.front();
    if (parts.size() < 2) continue;
    TPU_TRY(x, node.add("Concat", {{"axis", static_cast<std::int64_t>(axis)}}, parts));
  }
  return x;
}

/// Elements before each axis, then after. From opset 18 on pads may be given for some axes only.
Result<IntList> pads_of(const OnnxNode& node, std::size_t rank) {
  const std::string_view name = node.has("paddings") ? "paddings" : "pads";  // opset 1
  TPU_TRY(const std::optional<IntList> given, list_by_opset(node, name, 1));
  if (!given) return Error{.message = "Pad needs pads"};
  if (!node.has_input(3)) return *given;
  TPU_TRY(const IntList axes, node.integers(3));
  if (given->size() != 2 * axes.size()) {
    return Error{.message =
                     fmt::format("{} pads for {} axes, need two each", given->size(), axes.size())};
  }
  IntList pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    TPU_TRY(const std::size_t axis, normalised_axis(axes[i], rank));
    pads[axis] = (*given)[i];
    pads[axis + rank] = (*given)[i + axes.size()];
  }
  return pads;
}

OnnxValues translate_pad(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const std::size_t rank = node.graph().type(x).rank();
  TPU_TRY(const IntList pads, pads_of(node, rank));
  double value = node.number("value", 0);
  if (node.has_input(2)) {
    TPU_TRY(const HostTensor constant, node.constant(2));
    if (!constant.values.empty()) value = constant.values[0];
  }
  const bool nothing =
      pads.size() == 2 * rank &&
      std::all_of(pads.begin(), pads.end(), [](std::int64_t pad) { return pad == 0; });
  if (nothing) return std::vector<Value>{x};
  if (node.text("mode", "constant") == "wrap") return single(wrapped_around(node, x, pads));
  return single(node.add(
      "Pad", {{"pads", pads}, {"mode", node.text("mode", "constant")}, {"value", value}}, {x}));
}

TPU_REGISTER(
    register_op({.name = "Pad",
                 .summary = "a border around the operand",
                 .attributes = {{"pads", IntList{}, "elements before each axis, then after", true},
                                {"mode", std::string("constant"), "constant, reflect or edge"},
                                {"value", 0.0, "what a constant border is filled with"}},
                 .layout = LayoutRule::kMovement,
                 .infer = infer_pad,
                 .evaluate = evaluate_pad,
                 .movement = movement_pad,
                 .input_region = input_region_pad,
                 .divisible_axes = divisible_pad}) &&
    register_onnx("Pad", translate_pad));

Status emit_pad(OnnxEmission& out) {
  std::vector<std::string> inputs = {out.input(0), out.integers(out.attrs().integers("pads"))};
  const std::string& mode = out.attrs().text("mode");
  if (mode == "constant") inputs.push_back(out.scalar(out.attrs().number("value")));
  return out.finish("Pad", inputs, {{"mode", mode}});
}

TPU_REGISTER(register_onnx_emission("Pad", emit_pad));

}  // namespace
}  // namespace tpuscope
