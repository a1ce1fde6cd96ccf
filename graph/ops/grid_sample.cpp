// GridSample: each element of the result is read from a point of the map that a grid names, between
// four of its elements, of which it is the weighted mean. The grid has the points' columns and rows
// as numbers from -1 to 1. On the machine: positions and weights in f32 vectors, and for each
// element that a result is made of a gather, a product and a sum.

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"
#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

const std::vector<std::string> kModes = {"linear", "nearest", "cubic"};
const std::vector<std::string> kPaddings = {"zeros", "border", "reflection"};

Status check_word(const OpView& op, std::string_view attribute,
                  const std::vector<std::string>& known) {
  const std::string& word = op.attrs().text(attribute);
  if (std::find(known.begin(), known.end(), word) != known.end()) return Ok{};
  return Error{
      .message = fmt::format("there is no {} {} of GridSample", attribute, in_quotes(word)),
      .hint = did_you_mean(word, known)};
}

Result<std::vector<TensorType>> infer_grid_sample(const OpView& op) {
  const TensorType& x = op.input(0);
  const TensorType& grid = op.input(1);
  TPU_TRY_STATUS(check_word(op, "mode", kModes));
  TPU_TRY_STATUS(check_word(op, "padding", kPaddings));
  constexpr std::size_t kMapRank = 4;
  const bool fits = x.rank() == kMapRank && grid.rank() == kMapRank &&
                    x.shape[0] == grid.shape[0] && grid.shape[3] == 2;
  if (!fits) {
    return Error{.message =
                     fmt::format("the map is {} and the grid {}; [n,c,h,w] and [n,h,w,2] are "
                                 "needed",
                                 type_text(x), type_text(grid))};
  }
  return std::vector<TensorType>{{x.dtype, {x.shape[0], x.shape[1], grid.shape[1], grid.shape[2]}}};
}

/// One axis of the map.
struct SampledAxis {
  std::int64_t extent = 1;
  bool aligns_corners = false;
  std::string_view padding{};

  /// The position that -1 to 1 stands for.
  double position(double number) const {
    const auto size = static_cast<double>(extent);
    return aligns_corners ? (number + 1) / 2 * (size - 1) : ((number + 1) * size - 1) / 2;
  }

  /// Folded back at the map's borders.
  double reflected(double at) const {
    const double low = aligns_corners ? 0 : -0.5;
    const double length = static_cast<double>(extent) - (aligns_corners ? 1 : 0);
    if (length <= 0) return 0;
    const double from_low = std::abs(at - low);
    const double folds = std::floor(from_low / length);
    const double rest = from_low - folds * length;
    return std::fmod(folds, 2) == 0 ? low + rest : low + length - rest;
  }

  /// The element at a whole position; -1: none, which counts as zero.
  std::int64_t element(double at) const {
    if (padding == "reflection") at = reflected(at);
    if (padding != "zeros") at = std::clamp(at, 0.0, static_cast<double>(extent - 1));
    return at < 0 || at > static_cast<double>(extent - 1) ? -1 : std::llround(at);
  }

  /// As element(), of a position between elements, which is brought into the map first.
  double inside(double at) const {
    if (padding == "reflection") at = reflected(at);
    return padding == "zeros" ? at : std::clamp(at, 0.0, static_cast<double>(extent - 1));
  }
};

/// Weights of the elements around a position, which begin `first` elements after it.
struct Taps {
  std::int64_t first = 0;
  std::vector<double> weights{};
};

Taps taps_of(std::string_view mode, double fraction) {
  if (mode == "nearest") return {0, {1}};
  if (mode == "linear") return {0, {1 - fraction, fraction}};
  constexpr double kSharpness = -0.75;
  const auto near = [](double d) { return ((kSharpness + 2) * d - (kSharpness + 3)) * d * d + 1; };
  const auto far = [](double d) {
    return ((kSharpness * d - 5 * kSharpness) * d + 8 * kSharpness) * d - 4 * kSharpness;
  };
  return {-1, {far(1 + fraction), near(fraction), near(1 - fraction), far(2 - fraction)}};
}

/// Where one point of the grid reads along one axis.
struct Sampled {
  double begin = 0;
  Taps taps{};
};

Sampled sampled(std::string_view mode, const SampledAxis& axis, double number) {
  double at = axis.position(number);
  if (mode != "cubic") at = axis.inside(at);
  const double begin = mode == "nearest" ? std::nearbyint(at) : std::floor(at);
  return {begin, taps_of(mode, at - begin)};
}

Result<std::vector<HostTensor>> evaluate_grid_sample(const OpView& op,
                                                     std::span<const HostTensor> inputs) {
  const Shape& map = op.input(0).shape;
  const Shape& result = op.result().shape;
  const std::string& mode = op.attrs().text("mode");
  const bool aligns = op.attrs().flag("align_corners");
  const std::string& padding = op.attrs().text("padding");
  const std::array<SampledAxis, 2> axes{SampledAxis{map[2], aligns, padding},
                                        SampledAxis{map[3], aligns, padding}};
  HostTensor y = HostTensor::zeros(op.result());
  const std::int64_t points = result[2] * result[3];
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const std::int64_t image = i / (points * result[1]);
    const std::int64_t point = 2 * (image * points + i % points);
    const Sampled row = sampled(mode, axes[0], inputs[1][point + 1]);
    const Sampled column = sampled(mode, axes[1], inputs[1][point]);
    const std::int64_t base = i / points * map[2] * map[3];
    for (std::size_t a = 0; a < row.taps.weights.size(); ++a) {
      for (std::size_t b = 0; b < column.taps.weights.size(); ++b) {
        const auto from = [](const Sampled& each, std::size_t tap) {
          return each.begin + static_cast<double>(each.taps.first) + static_cast<double>(tap);
        };
        const std::int64_t r = axes[0].element(from(row, a));
        const std::int64_t c = axes[1].element(from(column, b));
        if (r < 0 || c < 0) continue;
        y[i] += row.taps.weights[a] * column.taps.weights[b] * inputs[0][base + r * map[3] + c];
      }
    }
  }
  return std::vector<HostTensor>{y};
}

/// As the vendor's compiler does it: positions of the points from their numbers, brought into the
/// map, the fractions beside them and the products that weigh; columns and rows of all points in
/// every lane; then for each element read which of them lie inside, the gather, and the weighted
/// sum.
Work work_grid_sample(const OpView& op) {
  const Shape& result = op.result().shape;
  const Shape points{result[0], 1, result[2], result[3]};
  const Shape numbers{result[0], 2, result[2], result[3]};
  const auto step = [](const Shape& shape, WorkUnit unit, std::int64_t passes) {
    WorkStep made = float_step(shape, unit);
    made.passes = passes;
    return made;
  };
  const std::string& mode = op.attrs().text("mode");
  const std::int64_t side = mode == "nearest" ? 1 : mode == "linear" ? 2 : 4;
  Work work;
  if (size_of(op.input(1).dtype) <= 2) work.push_back(step(numbers, WorkUnit::kConvert, 1));
  constexpr std::int64_t kPositionPasses = 10;  // scaled, shifted and clamped, by column and row
  work.push_back(step(points, WorkUnit::kArith, kPositionPasses));
  work.push_back(step(numbers, WorkUnit::kConvert, 1));
  constexpr std::int64_t kFractionPasses = 7;  // to the elements on both sides, and their products
  work.push_back(step(points, WorkUnit::kArith, side > 1 ? kFractionPasses : 0));
  work.push_back(step(numbers, WorkUnit::kBroadcast, 1));
  for (std::int64_t tap = 0; tap < side * side; ++tap) {
    work.push_back(step(points, WorkUnit::kCompare, 2));
    work.push_back(step(points, WorkUnit::kArith, 2));
    work.push_back(step_over(result, WorkUnit::kLookup));
    work.push_back(step_over(result, WorkUnit::kArith, side > 1 ? 2 : 1));
    work.back().operands = 2;
  }
  return work;
}

/// A point may be anywhere on the map.
Region input_region_grid_sample(const OpView& op, std::size_t operand, const Region& result) {
  Region region = whole(op.input(operand).shape);
  region[0] = result[0];
  if (operand == 0) {
    region[1] = result[1];
  } else {
    region[1] = result[2];
    region[2] = result[3];
  }
  return region;
}

std::vector<bool> divisible_grid_sample(const OpView& op) {
  return std::vector<bool>(op.result().rank(), true);
}

TPU_REGISTER(
    register_op({.name = "GridSample",
                 .summary = "elements of a map at points of a grid: x [n,c,h,w], grid [n,h,w,2]",
                 .operands = {2, 2},
                 .attributes = {{"mode", std::string("linear"), "linear, nearest or cubic"},
                                {"padding", std::string("zeros"),
                                 "beyond the map: zeros, border or reflection"},
                                {"align_corners", false,
                                 "whether -1 and 1 are the middles of the "
                                 "outer elements, not their borders"}},
                 .infer = infer_grid_sample,
                 .evaluate = evaluate_grid_sample,
                 .work = work_grid_sample,
                 .input_region = input_region_grid_sample,
                 .divisible_axes = divisible_grid_sample}));

/// The modes' names before operator set 20 and since.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kOldModes = {
    {{"bilinear", "linear"}, {"bicubic", "cubic"}}};

OnnxValues translate_grid_sample(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> operands, node.all_inputs());
  std::string mode = node.text("mode", "linear");
  for (const auto& [old, now] : kOldModes) {
    if (mode == old) mode = now;
  }
  return single(node.add("GridSample",
                         {{"mode", mode},
                          {"padding", node.text("padding_mode", "zeros")},
                          {"align_corners", node.integer("align_corners", 0) != 0}},
                         operands));
}

TPU_REGISTER(register_onnx("GridSample", translate_grid_sample) &&
             register_onnx("com.microsoft.GridSample", translate_grid_sample));

Status emit_grid_sample(OnnxEmission& out) {
  std::string mode = out.attrs().text("mode");
  for (const auto& [old, now] : kOldModes) {
    if (mode == now) mode = old;
  }
  return out.finish("GridSample", out.inputs(),
                    {{"mode", mode},
                     {"padding_mode", out.attrs().text("padding")},
                     {"align_corners", std::int64_t{out.attrs().flag("align_corners") ? 1 : 0}}});
}

TPU_REGISTER(register_onnx_emission("GridSample", emit_grid_sample));

}  // namespace
}  // namespace tpuscope
