// ONNX's Slice and Split as Slices. Starts and ends are attributes up to opset 9, inputs later;
// they may count from the end, be out of range, and name some axes only.

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/core.h>

#include "base/units.h"
#include "graph/onnx/node.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

struct AxisRange {
  std::int64_t start = 0;
  std::int64_t extent = 0;
};

/// ONNX's rules for one axis: negative counts from the end, then clamped to what the step can
/// reach.
AxisRange clamped_onnx_slice(std::int64_t start, std::int64_t end, std::int64_t step,
                             std::int64_t length) {
  const auto from_front = [length](std::int64_t index) {
    return index < 0 ? index + length : index;
  };
  if (step > 0) {
    start = std::clamp<std::int64_t>(from_front(start), 0, length);
    end = std::clamp<std::int64_t>(from_front(end), 0, length);
    return {start, end > start ? 1 + (end - start - 1) / step : 0};
  }
  start = std::clamp<std::int64_t>(from_front(start), -1, length - 1);
  end = std::clamp<std::int64_t>(from_front(end), -1, length - 1);
  // Divided as negative numbers: the most negative step has no positive counterpart.
  return {start, start > end ? 1 + (end - start + 1) / step : 0};
}

/// The lists of a Slice, one entry per axis that it names.
struct SliceLists {
  IntList starts{};
  IntList ends{};
  IntList axes{};
  IntList steps{};
};

Result<SliceLists> slice_lists(const OnnxNode& node) {
  TPU_TRY(const std::optional<IntList> starts, list_by_opset(node, "starts", 1));
  TPU_TRY(const std::optional<IntList> ends, list_by_opset(node, "ends", 2));
  if (!starts || !ends) return Error{.message = "Slice needs starts and ends"};
  TPU_TRY(std::optional<IntList> axes, list_by_opset(node, "axes", 3));
  TPU_TRY(std::optional<IntList> steps, list_by_opset(node, "steps", 4));
  if (!axes) {
    axes.emplace(starts->size());
    std::iota(axes->begin(), axes->end(), 0);
  }
  if (!steps) steps = IntList(starts->size(), 1);
  if (ends->size() != starts->size() || axes->size() != starts->size() ||
      steps->size() != starts->size()) {
    return Error{.message = fmt::format("Slice has {} starts, {} ends, {} axes and {} steps",
                                        starts->size(), ends->size(), axes->size(), steps->size())};
  }
  return SliceLists{*starts, *ends, *std::move(axes), *std::move(steps)};
}

OnnxValues translate_slice(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const SliceLists lists, slice_lists(node));
  const Shape& shape = node.graph().type(x).shape;
  IntList result_starts(shape.size(), 0);
  IntList result_steps(shape.size(), 1);
  Shape extents = shape;
  for (std::size_t i = 0; i < lists.starts.size(); ++i) {
    TPU_TRY(const std::size_t axis, normalised_axis(lists.axes[i], shape.size()));
    const std::int64_t step = lists.steps[i];
    if (step == 0) return Error{.message = fmt::format("step of axis {} is 0", axis)};
    const AxisRange range = clamped_onnx_slice(lists.starts[i], lists.ends[i], step, shape[axis]);
    extents[axis] = range.extent;
    result_starts[axis] = range.extent == 0 ? 0 : range.start;
    result_steps[axis] = range.extent <= 1 ? 1 : step;  // one element: any step, so the plain one
  }
  const bool plain = std::all_of(result_steps.begin(), result_steps.end(),
                                 [](std::int64_t step) { return step == 1; });
  if (plain && extents == shape) return std::vector<Value>{x};
  Attributes attributes{{"starts", result_starts}, {"extents", extents}};
  if (!plain) attributes.set("steps", result_steps);
  return single(node.add("Slice", attributes, {x}));
}

OnnxValues translate_split(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const Shape shape = node.graph().type(x).shape;
  TPU_TRY(const std::size_t axis, normalised_axis(node.integer("axis", 0), shape.size()));
  TPU_TRY(std::optional<IntList> parts, list_by_opset(node, "split", 1));
  const auto count = static_cast<std::int64_t>(node.output_count);
  if (!parts) {  // equal parts; from opset 18 on the last one may be smaller
    const std::int64_t part = ceil_div(shape[axis], std::max<std::int64_t>(count, 1));
    parts.emplace();
    for (std::int64_t i = 0; i < count; ++i)
      parts->push_back(std::clamp<std::int64_t>(shape[axis] - i * part, 0, part));
  }
  std::int64_t total = 0;
  bool negative = false;
  for (const std::int64_t part : *parts) {
    negative = negative || part < 0 || part > shape[axis];
    total += negative ? 0 : part;
  }
  if (negative || total != shape[axis] || parts->size() != node.output_count) {
    return Error{.message = fmt::format("{} parts for {} outputs do not add up to the {} elements "
                                        "of axis {}",
                                        parts->size(), count, shape[axis], axis)};
  }
  std::vector<Value> values;
  std::int64_t start = 0;
  for (const std::int64_t part : *parts) {
    TPU_TRY(const Value value, add_axis_slice(node, x, axis, start, part));
    values.push_back(value);
    start += part;
  }
  return values;
}

TPU_REGISTER(register_onnx("Slice", translate_slice) && register_onnx("Split", translate_split));

Status emit_onnx_slice(OnnxEmission& out) {
  const IntList& starts = out.attrs().integers("starts");
  IntList steps = out.attrs().integers("steps");
  if (steps.empty()) steps.assign(starts.size(), 1);
  IntList ends;
  IntList axes;
  for (std::size_t axis = 0; axis < starts.size(); ++axis) {
    const std::int64_t end = starts[axis] + out.attrs().integers("extents")[axis] * steps[axis];
    // An end before the first element, where ONNX counts negative numbers from the back.
    ends.push_back(end >= 0 ? end : std::numeric_limits<std::int64_t>::min());
    axes.push_back(static_cast<std::int64_t>(axis));
  }
  return out.finish("Slice", {out.input(0), out.integers(starts), out.integers(ends),
                              out.integers(axes), out.integers(steps)});
}

TPU_REGISTER(register_onnx_emission("Slice", emit_onnx_slice));

}  // namespace
}  // namespace tpuscope
