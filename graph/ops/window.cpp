// Sliding windows: see window.h.

#include "graph/ops/window.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/text.h"
#include "base/units.h"

namespace tpuscope {
namespace {

/// Keeps products of two parameters far from overflow; no network comes near it.
constexpr std::int64_t kMaxParameter = std::int64_t{1} << 30;

/// An error unless the list is empty or has `count` entries, all in [min, 2^30].
Status check_parameter(std::string_view name, const IntList& values, std::size_t count,
                       std::int64_t min) {
  if (!values.empty() && values.size() != count) {
    return Error{.message = fmt::format("{} has {} entries, the window needs {}", name,
                                        values.size(), count)};
  }
  for (const std::int64_t value : values) {
    if (value < min || value > kMaxParameter) {
      return Error{
          .message = fmt::format("{} has the entry {}, allowed are {} to 2^30", name, value, min)};
    }
  }
  return Ok{};
}

std::int64_t entry(const IntList& values, std::size_t index, std::int64_t fallback) {
  return values.empty() ? fallback : values[index];
}

/// a / b rounded down, for b > 0 and any a.
std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -ceil_div(-a, b);
}

/// Calls visit(index) for every index below `extents`, in row-major order.
template <typename Visit>
void each_index(const Shape& extents, Visit visit) {
  if (element_count(extents) == 0) return;
  Shape index(extents.size(), 0);
  for (;;) {
    visit(index);
    std::size_t axis = extents.size();
    while (axis > 0 && ++index[axis - 1] == extents[axis - 1])
      index[--axis] = 0;
    if (axis == 0) return;
  }
}

Range clamped_window(std::int64_t begin, std::int64_t end, std::int64_t extent) {
  if (extent == 0) return {0, 0};
  begin = std::clamp<std::int64_t>(begin, 0, extent - 1);
  return {begin, std::clamp(end, begin + 1, extent)};
}

}  // namespace

std::int64_t WindowAxis::positions(bool ceil) const {
  const std::int64_t room = input + pad_begin + pad_end - span();
  if (room < 0) return 0;
  if (!ceil) return room / stride + 1;
  const std::int64_t count = ceil_div(room, stride) + 1;
  return (count - 1) * stride >= input + pad_begin ? count - 1 : count;
}

Range WindowAxis::inputs_of(Range positions) const {
  return clamped_window(positions.begin * stride - pad_begin,
                        (positions.end - 1) * stride - pad_begin + span(), input);
}

Range WindowAxis::positions_of(Range inputs, std::int64_t count) const {
  const std::int64_t first = floor_div(inputs.begin + pad_begin - span(), stride) + 1;
  return clamped_window(first, floor_div(inputs.end - 1 + pad_begin, stride) + 1, count);
}

std::vector<AttributeDef> window_attributes(std::vector<AttributeDef> more) {
  std::vector<AttributeDef> rows = {
      {"strides", IntList{}, "step of the window per spatial axis; empty: 1"},
      {"pads", IntList{}, "zeros before each spatial axis, then after each; empty: none"},
      {"dilations", IntList{}, "distance of neighbouring taps per spatial axis; empty: 1"}};
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

Result<Window> window_of(const Attributes& attributes, std::span<const std::int64_t> input,
                         std::span<const std::int64_t> kernel) {
  const std::size_t rank = input.size();
  if (kernel.size() != rank) {
    return Error{.message = fmt::format("kernel {} has {} axes, the input has {} spatial axes",
                                        list_text(kernel), kernel.size(), rank)};
  }
  const IntList& strides = attributes.integers("strides");
  const IntList& dilations = attributes.integers("dilations");
  const IntList& pads = attributes.integers("pads");
  TPU_TRY_STATUS(check_parameter("strides", strides, rank, 1));
  TPU_TRY_STATUS(check_parameter("dilations", dilations, rank, 1));
  TPU_TRY_STATUS(check_parameter("pads", pads, 2 * rank, 0));
  Window window;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (kernel[axis] < 1 || kernel[axis] > kMaxParameter) {
      return Error{.message = fmt::format("kernel {} has the extent {}, allowed are 1 to 2^30",
                                          list_text(kernel), kernel[axis])};
    }
    window.push_back({input[axis], kernel[axis], entry(strides, axis, 1), entry(dilations, axis, 1),
                      entry(pads, axis, 0), entry(pads, axis + rank, 0)});
  }
  return window;
}

Result<Shape> positions_of(const Window& window, bool ceil) {
  Shape counts;
  for (const WindowAxis& axis : window) {
    counts.push_back(axis.positions(ceil));
    if (counts.back() == 0) {
      return Error{.message = fmt::format("a window of {} elements does not fit in {} with padding",
                                          axis.span(), axis.input + axis.pad_begin + axis.pad_end)};
    }
  }
  return counts;
}

bool is_strided(const Attributes& attributes) {
  const IntList& strides = attributes.integers("strides");
  return std::any_of(strides.begin(), strides.end(),
                     [](std::int64_t stride) { return stride > 1; });
}

Shape spatial_of(const Shape& shape) {
  return {shape.begin() + 2, shape.end()};
}

std::span<const std::int64_t> spatial_part(const Shape& shape) {
  return std::span(shape).subspan(2);
}

Status check_spatial(std::string_view what, const TensorType& type) {
  if (type.rank() >= 3 && type.rank() <= 5) return Ok{};
  return Error{.message = fmt::format("{} is {}, rank {}; ranks 3 to 5 have 1 to 3 spatial axes",
                                      what, type_text(type), type.rank())};
}

Work with_sums(const OpView& op, Work work) {
  if (size_of(op.input(0).dtype) != 1) return work;
  const Shape& shape = op.result().shape;
  WorkStep sum = map_step(WorkUnit::kArith, shape[0], shape[1], spatial_of(shape));
  sum.type = DType::kI32;
  sum.overwrites = true;
  sum.operands = 2;
  const WorkUnit product = work.back().unit;
  if (product == WorkUnit::kDepthwise) work.back().type = DType::kI8;
  if (op.has_input(2) && product == WorkUnit::kConv) work.push_back(sum);
  sum.unit = WorkUnit::kRequant;
  sum.overwrites = false;
  work.push_back(sum);
  return work;
}

WorkStep map_step(WorkUnit unit, std::int64_t n, std::int64_t c, const Shape& spatial) {
  return {.unit = unit,
          .n = n,
          .c = c,
          .h = element_count(spatial, 0, spatial.size() - 1),
          .w = spatial.back()};
}

TapTable tap_table(const Window& window, const Shape& positions) {
  Shape kernel;
  Shape map;
  for (const WindowAxis& axis : window) {
    kernel.push_back(axis.kernel);
    map.push_back(axis.input);
  }
  const std::vector<std::int64_t> strides = dense_strides(map);
  TapTable table{element_count(positions), element_count(kernel), {}};
  each_index(positions, [&](const Shape& position) {
    each_index(kernel, [&](const Shape& tap) {
      std::int64_t element = 0;
      for (std::size_t i = 0; i < window.size(); ++i) {
        const WindowAxis& axis = window[i];
        const std::int64_t at = position[i] * axis.stride + tap[i] * axis.dilation - axis.pad_begin;
        if (at >= axis.input + axis.pad_end) {
          element = TapTable::kOverhang;
          break;
        }
        if (at < 0 || at >= axis.input) {
          element = TapTable::kPadding;
        } else if (element >= 0) {
          element += at * strides[i];
        }
      }
      table.elements.push_back(element);
    });
  });
  return table;
}

Result<Attributes> onnx_window(const OnnxNode& node, const Shape& input, const Shape& kernel) {
  const std::size_t rank = input.size();
  Attributes attributes{{"strides", node.integers("strides", IntList(rank, 1))},
                        {"dilations", node.integers("dilations", IntList(rank, 1))},
                        {"pads", IntList(2 * rank, 0)}};
  const std::string mode = node.text("auto_pad", "NOTSET");
  if (mode == "NOTSET") {
    attributes.set("pads", node.integers("pads", IntList(2 * rank, 0)));
  } else if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    TPU_TRY(const Window window, window_of(attributes, input, kernel));
    IntList pads(2 * rank, 0);
    for (std::size_t i = 0; i < rank; ++i) {
      const WindowAxis& axis = window[i];
      const std::int64_t covered = (ceil_div(axis.input, axis.stride) - 1) * axis.stride;
      const std::int64_t total = std::max<std::int64_t>(covered + axis.span() - axis.input, 0);
      pads[i] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
      pads[i + rank] = total - pads[i];
    }
    attributes.set("pads", pads);
  } else if (mode != "VALID") {
    return Error{.message = fmt::format("auto_pad is {}", in_quotes(mode)),
                 .hint = did_you_mean(mode, {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"})};
  }
  return attributes;
}

}  // namespace tpuscope
