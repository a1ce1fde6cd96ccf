// Resize: interpolation to other extents, axis by axis: every result element along an axis is a
// weighted sum of a few input elements ("taps"), so nearest, linear, cubic and antialiased modes
// differ only in the weights. Formulas: ONNX Resize.

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/batch.h"
#include "graph/onnx/node.h"
#include "graph/op_def.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

const std::vector<std::string> kResizeModes = {"nearest", "linear", "cubic"};
const std::vector<std::string> kCoordinates = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners",
    "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize"};
const std::vector<std::string> kNearestModes = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                                "ceil"};

/// One input element that a result element reads.
struct Tap {
  std::int64_t element = 0;
  double weight = 0.0;
};

/// How the result's indices of one axis map to the input's.
struct AxisMap {
  const Attributes* attributes = nullptr;
  std::int64_t input = 1;
  std::int64_t result = 1;
  double scale = 1.0;
  double roi_begin = 0.0;
  double roi_end = 1.0;

  bool is_identity() const;
  double coordinate(std::int64_t index) const;
  std::vector<Tap> taps(std::int64_t index) const;
};

AxisMap axis_map(const OpView& op, std::size_t axis) {
  AxisMap map{&op.attrs(), op.input(0).shape[axis], op.attrs().integers("sizes")[axis]};
  map.scale = op.attrs().numbers("scales")[axis];
  const FloatList& roi = op.attrs().numbers("roi");
  if (!roi.empty()) {
    map.roi_begin = roi[axis];
    map.roi_end = roi[axis + roi.size() / 2];
  }
  return map;
}

bool AxisMap::is_identity() const {
  return scale == 1.0 && attributes->text("coordinates") != "tf_crop_and_resize";
}

double AxisMap::coordinate(std::int64_t index) const {
  const std::string& mode = attributes->text("coordinates");
  const auto i = static_cast<double>(index);
  const auto last = static_cast<double>(input - 1);
  // Not `result`: the standard's formulas use the length before it is rounded down.
  const double length = scale * static_cast<double>(input);
  if (mode == "asymmetric") return i / scale;
  if (mode == "tf_half_pixel_for_nn") return (i + 0.5) / scale;
  if (mode == "pytorch_half_pixel" && length <= 1.0) return -0.5;
  if (mode == "align_corners") return length == 1.0 ? 0.0 : i * last / (length - 1.0);
  if (mode == "tf_crop_and_resize") {
    const double extent = (roi_end - roi_begin) * last;
    return roi_begin * last + (length == 1.0 ? extent / 2 : i * extent / (length - 1.0));
  }
  const double half_pixel = (i + 0.5) / scale - 0.5;
  if (mode != "half_pixel_symmetric") return half_pixel;
  return half_pixel +
         (static_cast<double>(input) / 2) * (1.0 - static_cast<double>(result) / length);
}

double nearest(double x, const std::string& mode) {
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  return mode == "round_prefer_floor" ? std::ceil(x - 0.5) : std::floor(x + 0.5);
}

/// Weight of an element at distance `x` from the sampled point.
double linear_weight(double x) {
  return std::max(1.0 - std::abs(x), 0.0);
}
double cubic_weight(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  return x < 2.0 ? ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a : 0.0;
}

std::vector<Tap> AxisMap::taps(std::int64_t index) const {
  if (is_identity()) return {{index, 1.0}};
  const std::string& mode = attributes->text("mode");
  const double x = coordinate(index);
  const auto clamp = [&](std::int64_t at) { return std::clamp<std::int64_t>(at, 0, input - 1); };
  if (mode == "nearest") {
    return {{clamp(saturated_integer(nearest(x, attributes->text("nearest_mode")))), 1.0}};
  }
  // Shrinking with antialias widens the filter so that every input element counts.
  const bool widen = attributes->flag("antialias") && scale < 1.0;
  const double stretch = widen ? scale : 1.0;
  const double reach = mode == "linear" ? 1.0 : 2.0;
  const auto begin =
      saturated_integer(std::floor(x)) + saturated_integer(std::floor(-reach / stretch)) + 1;
  const auto end =
      saturated_integer(std::floor(x)) - saturated_integer(std::floor(-reach / stretch));
  const bool exclude = attributes->flag("exclude_outside");
  std::vector<Tap> taps;
  double sum = 0.0;
  for (std::int64_t at = begin; at <= end; ++at) {
    const double distance = (static_cast<double>(at) - x) * stretch;
    const double weight = mode == "linear"
                              ? linear_weight(distance)
                              : cubic_weight(distance, attributes->number("cubic_coeff_a"));
    if (weight == 0.0 || (exclude && at != clamp(at))) continue;
    taps.push_back({clamp(at), weight});
    sum += weight;
  }
  if ((widen || exclude) && sum != 0.0) {
    for (Tap& tap : taps)
      tap.weight /= sum;
  }
  return taps;
}

Status check_choice(const OpView& op, std::string_view attribute,
                    const std::vector<std::string>& choices) {
  const std::string& text = op.attrs().text(attribute);
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return Ok{};
  return Error{.message = fmt::format("{} is {}", attribute, in_quotes(text)),
               .hint = did_you_mean(text, choices)};
}

Result<std::vector<TensorType>> infer_resize(const OpView& op) {
  const TensorType& x = op.input(0);
  const IntList& sizes = op.attrs().integers("sizes");
  const FloatList& scales = op.attrs().numbers("scales");
  const FloatList& roi = op.attrs().numbers("roi");
  TPU_TRY_STATUS(check_choice(op, "mode", kResizeModes));
  TPU_TRY_STATUS(check_choice(op, "coordinates", kCoordinates));
  TPU_TRY_STATUS(check_choice(op, "nearest_mode", kNearestModes));
  if (sizes.size() != x.rank() || scales.size() != x.rank() ||
      (!roi.empty() && roi.size() != 2 * x.rank())) {
    return Error{.message = fmt::format("the input is {}, sizes has {} entries, scales {}, roi {}",
                                        type_text(x), sizes.size(), scales.size(), roi.size())};
  }
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const double scale = scales[axis];
    const bool fits = scale != 1.0 || sizes[axis] == x.shape[axis];
    if (sizes[axis] > 0 && x.shape[axis] > 0 && scale > 1e-6 && scale < 1e6 && fits) continue;
    return Error{.message = fmt::format("axis {} goes from {} to {} elements with a scale of {}",
                                        axis, x.shape[axis], sizes[axis], scale)};
  }
  return std::vector<TensorType>{{x.dtype, sizes}};
}

/// One axis after the other: x as [outer, axis, inner].
HostTensor resized_axis(const HostTensor& x, std::size_t axis, const AxisMap& map,
                        std::optional<double> outside) {
  Shape shape = x.shape();
  shape[axis] = map.result;
  HostTensor y = HostTensor::zeros({x.type.dtype, shape});
  const std::int64_t inner = element_count(shape, axis + 1, shape.size());
  const std::int64_t outer = element_count(shape, 0, axis);
  for (std::int64_t index = 0; index < map.result; ++index) {
    const std::vector<Tap> taps = map.taps(index);
    const double at = map.coordinate(index);
    const bool beyond =
        outside.has_value() && (at < 0.0 || at > static_cast<double>(map.input - 1));
    for (std::int64_t i = 0; i < outer * inner; ++i) {
      const std::int64_t from = i / inner * map.input * inner + i % inner;
      double sum = beyond ? *outside : 0.0;
      for (const Tap& tap : taps) {
        if (!beyond) sum += tap.weight * x[from + tap.element * inner];
      }
      y[(i / inner * map.result + index) * inner + i % inner] = sum;
    }
  }
  return y;
}

Result<std::vector<HostTensor>> evaluate_resize(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  HostTensor y = inputs[0];
  std::optional<double> outside;
  if (op.attrs().text("coordinates") == "tf_crop_and_resize") {
    outside = op.attrs().number("extrapolation_value");
  }
  // Last axis first: an axis that is wholly outside then overwrites elements that are inside along
  // others.
  for (std::size_t axis = y.shape().size(); axis-- > 0;) {
    const AxisMap map = axis_map(op, axis);
    if (!map.is_identity()) y = resized_axis(y, axis, map, outside);
  }
  return std::vector<HostTensor>{y};
}

/// A result element folds the taps of all axes at once, like a pooling window with weights that
/// change from element to element.
/// Nearest elements are gathered by an index.
Work work_resize(const OpView& op) {
  if (op.attrs().text("mode") == "nearest") {
    return {step_over(op.result().shape, WorkUnit::kLookup)};
  }
  std::int64_t taps = 1;
  for (std::size_t axis = 0; axis < op.result().rank(); ++axis) {
    const AxisMap map = axis_map(op, axis);
    if (map.is_identity()) continue;
    const bool widen = op.attrs().flag("antialias") && map.scale < 1.0;
    const double reach = op.attrs().text("mode") == "linear" ? 1.0 : 2.0;
    taps *= 2 * saturated_integer(std::ceil(reach / (widen ? map.scale : 1.0)));
  }
  WorkStep step = step_over(op.result().shape, WorkUnit::kDepthwise);
  step.kernel = taps;
  return {step};
}

Region input_region_resize(const OpView& op, std::size_t, const Region& result) {
  Region region = whole(op.input(0).shape);
  for (std::size_t axis = 0; axis < region.size(); ++axis) {
    const AxisMap map = axis_map(op, axis);
    Range range{map.input, 0};
    // Coordinates are monotonic, so the first and the last result element bound all others.
    for (const std::int64_t index : {result[axis].begin, result[axis].end - 1}) {
      for (const Tap& tap : map.taps(index)) {
        range.begin = std::min(range.begin, tap.element);
        range.end = std::max(range.end, tap.element + 1);
      }
    }
    if (range.begin < range.end) region[axis] = range;
  }
  return region;
}

std::vector<bool> divisible_axes_resize(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

Result<Attributes> batch_rule_resize(const OpView& op, const BatchAxis& batch,
                                     const BatchChange& change) {
  return scale_aligned_extent(op, batch, change, "sizes");
}

TPU_REGISTER(register_batch_rule({"Resize", batch_rule_resize}));
TPU_REGISTER(register_op(
    {.name = "Resize",
     .summary = "interpolation to other extents",
     .attributes = {{"sizes", IntList{}, "extents of the result", true},
                    {"scales", FloatList{}, "factor per axis that maps coordinates", true},
                    {"roi", FloatList{}, "for tf_crop_and_resize: begins, then ends, of 0 to 1"},
                    {"mode", std::string("nearest"), "nearest, linear or cubic"},
                    {"coordinates", std::string("half_pixel"), "which input point a result reads"},
                    {"nearest_mode", std::string("round_prefer_floor"), "rounding of that point"},
                    {"cubic_coeff_a", -0.75, "parameter of the cubic filter"},
                    {"exclude_outside", false, "whether points outside get no weight"},
                    {"extrapolation_value", 0.0, "for tf_crop_and_resize: value outside"},
                    {"antialias", false, "whether shrinking averages all input elements"}},
     .infer = infer_resize,
     .evaluate = evaluate_resize,
     .work = work_resize,
     .input_region = input_region_resize,
     .divisible_axes = divisible_axes_resize,
     .local_obstacle = always_local}));

}  // namespace
}  // namespace tpuscope
