// Conv: convolution over 1 to 3 spatial axes, grouped, strided, dilated. The kernel's extents are
// those of the weight [oc, ic / group, k...]; a bias [oc] may follow.

#include <algorithm>

#include <fmt/core.h>

#include "graph/ops/fused_relu.h"
#include "graph/ops/window.h"

namespace tpuscope {
namespace {

Result<Window> conv_window(const OpView& op) {
  return window_of(op.attrs(), spatial_part(op.input(0).shape), spatial_part(op.input(1).shape));
}

Status check_channels(const OpView& op) {
  const std::int64_t group = op.attrs().integer("group");
  const std::int64_t channels = op.input(0).shape[1];
  const Shape& weight = op.input(1).shape;
  if (group < 1 || weight[0] % group != 0) {
    return Error{
        .message = fmt::format("{} result channels do not divide in {} groups", weight[0], group)};
  }
  if (channels % group != 0 || channels / group != weight[1]) {
    return Error{.message = fmt::format("input has {} channels, {} groups of {} are needed",
                                        channels, group, weight[1])};
  }
  if (op.has_input(2) && op.input(2).shape != Shape{weight[0]}) {
    return Error{.message = fmt::format("bias is {}, the weight has {} result channels",
                                        type_text(op.input(2)), weight[0])};
  }
  return Ok{};
}

Result<std::vector<TensorType>> infer_conv(const OpView& op) {
  TPU_TRY_STATUS(check_spatial("the input", op.input(0)));
  TPU_TRY_STATUS(check_spatial("the weight", op.input(1)));
  TPU_TRY(const Window window, conv_window(op));
  TPU_TRY_STATUS(check_channels(op));
  TPU_TRY(const Shape positions, positions_of(window));
  TensorType result{op.input(0).dtype, {op.input(0).shape[0], op.input(1).shape[0]}};
  result.shape.insert(result.shape.end(), positions.begin(), positions.end());
  return std::vector<TensorType>{result};
}

/// Where in a convolution's operands one element of its result takes part.
struct ConvElement {
  std::int64_t first = 0;     ///< input channel, counted over all images
  std::int64_t map = 0;       ///< elements of an input channel
  std::int64_t channel = 0;   ///< of the result
  std::int64_t position = 0;  ///< of the result's map
};

/// `sum` and the products of all input channels and taps.
double add_taps(double sum, const HostTensor& x, const HostTensor& weight, const TapTable& taps,
                const ConvElement& at) {
  const std::int64_t group_in = weight.shape()[1];
  for (std::int64_t ic = 0; ic < group_in; ++ic) {
    for (std::int64_t tap = 0; tap < taps.taps; ++tap) {
      const std::int64_t element = taps.at(at.position, tap);
      if (element < 0) continue;
      sum += x[(at.first + ic) * at.map + element] *
             weight[(at.channel * group_in + ic) * taps.taps + tap];
    }
  }
  return sum;
}

Result<std::vector<HostTensor>> evaluate_conv(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  const HostTensor& weight = inputs[1];
  HostTensor y = HostTensor::zeros(op.result());
  TPU_TRY(const Window window, conv_window(op));
  const TapTable taps = tap_table(window, spatial_of(y.shape()));
  const std::int64_t map = element_count(spatial_of(x.shape()));
  const std::int64_t group_in = weight.shape()[1];
  const std::int64_t channels = y.shape()[1];
  const std::int64_t group_out = channels / op.attrs().integer("group");
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < y.shape()[0]; ++n) {
    for (std::int64_t oc = 0; oc < channels; ++oc) {
      const std::int64_t first = n * x.shape()[1] + oc / group_out * group_in;
      for (std::int64_t position = 0; position < taps.positions; ++position) {
        const double bias = inputs.size() > 2 ? inputs[2][oc] : 0.0;
        y[at++] = add_taps(bias, x, weight, taps, {first, map, oc, position});
      }
    }
  }
  return std::vector<HostTensor>{y};
}

/// What the pass fold_stems sets.
constexpr std::string_view kFoldsTaps = "folds_taps";

/// Axes of a kernel over images; other kernels keep their form.
constexpr std::size_t kImageAxes = 2;

FilterShape filter_of(const OpView& op) {
  const Shape input = spatial_of(op.input(0).shape);
  const Shape kernel = spatial_of(op.input(1).shape);
  constexpr std::int64_t kMostStride = 15;  // the instruction's field has 4 bits
  const IntList& strides = op.attrs().integers("strides");
  const bool is_known = std::all_of(strides.begin(), strides.end(),
                                    [](std::int64_t stride) { return stride <= kMostStride; });
  const bool is_wanted = size_of(op.input(0).dtype) == 1 || op.attrs().flag(kFoldsTaps);
  FilterShape filter{.channels = op.attrs().integer("group") * op.input(1).shape[1],
                     .height = kernel.front(),
                     .width = kernel.size() > 1 ? kernel.back() : 1,
                     .input_height = input.front(),
                     .input_width = element_count(input) / std::max<std::int64_t>(1, input.front()),
                     .may_fold = is_known && is_wanted && kernel.size() == kImageAxes};
  return filter;
}

/// Planes of the operand that the taps over one plane of the result read.
std::int64_t planes_inside(const WindowAxis& depth, std::int64_t plane) {
  std::int64_t count = 0;
  for (std::int64_t tap = 0; tap < depth.kernel; ++tap) {
    const std::int64_t at = plane * depth.stride - depth.pad_begin + tap * depth.dilation;
    if (at >= 0 && at < depth.input) ++count;
  }
  return count;
}

/// What is convolved for one plane of the result.
struct PlanesRead {
  std::int64_t convolved = 1;
  std::int64_t needed = 1;  ///< at least so many of them lie inside the operand
};

/// By plane of the result. A tile's operand begins and ends where its padding does; a whole one may
/// have planes behind those that are read, so that it has more padding in front than it looks.
std::vector<PlanesRead> planes_read(const OpView& op) {
  const WindowAxis stated = conv_window(op).value().front();
  const std::int64_t planes = op.result().shape[2];
  const std::int64_t missing = (planes - 1) * stated.stride + stated.span() - stated.input;
  WindowAxis seen = stated;
  seen.pad_begin =
      std::clamp<std::int64_t>(missing, 0, std::max<std::int64_t>(0, stated.pad_begin));
  std::vector<PlanesRead> counts;
  for (std::int64_t plane = 0; plane < planes; ++plane) {
    const std::int64_t inside = planes_inside(seen, plane);
    counts.push_back({.convolved = std::max<std::int64_t>(1, inside),
                      .needed = std::min(inside, planes_inside(stated, plane))});
  }
  return counts;
}

/// Over three axes each plane of the result is the sum of convolutions of planes, in 16 bits with
/// an f32 sum.
Work volume_work(const OpView& op, WorkStep step) {
  const Shape& result = op.result().shape;
  const std::int64_t depth = op.input(1).shape[2];
  step.h = result[3];
  step.w = result[4];
  step.kernel = op.input(1).shape[3] * op.input(1).shape[4];
  WorkStep round = map_step(WorkUnit::kConvert, step.n, step.c, {step.h, step.w});
  round.type = DType::kF32;
  Work work;
  for (const PlanesRead& planes : planes_read(op)) {
    step.passes = planes.convolved;
    step.padded = depth - planes.convolved;
    step.idle = planes.convolved - planes.needed;
    work.push_back(step);
    if (size_of(op.input(0).dtype) == 2) work.push_back(round);
  }
  return with_sums(op, std::move(work));
}

Work work_conv(const OpView& op) {
  const Shape& weight = op.input(1).shape;
  const Shape& result = op.result().shape;
  const Shape spatial = spatial_of(result);
  const bool is_depthwise = weight[1] == 1 && op.attrs().integer("group") > 1;
  WorkStep step = map_step(is_depthwise ? WorkUnit::kDepthwise : WorkUnit::kConv, result[0],
                           result[1], spatial);
  // From the shapes, not from "group": a tile of some channels has fewer groups than the op.
  // Without channels there is one, which has nothing to add up.
  const std::int64_t group_channels = std::max<std::int64_t>(weight[1], 1);
  step.groups = std::max<std::int64_t>(op.input(0).shape[1] / group_channels, 1);
  step.reduce = weight[1];
  step.kernel = element_count(spatial_of(weight));
  step.weighted = is_depthwise;
  step.strided = is_strided(op.attrs());
  if (spatial.size() <= kImageAxes) {
    step.filter = filter_of(op);
    step.biased = op.has_input(2);
    step.scaled = size_of(op.input(0).dtype) == 1;
    if (step.scaled) step.type = DType::kI8;
    return with_relu_passes(op, {step});
  }
  if (is_depthwise) return with_relu_passes(op, with_sums(op, {step}));
  return with_relu_passes(op, volume_work(op, step));
}

Region input_region_conv(const OpView& op, std::size_t operand, const Region& result) {
  Region region = whole(op.input(operand).shape);
  if (operand > 0) {
    region[0] = result[1];
    return region;
  }
  region[0] = result[0];
  const std::int64_t group_in = op.input(1).shape[1];
  const std::int64_t group_out = op.input(1).shape[0] / op.attrs().integer("group");
  region[1] = {result[1].begin / group_out * group_in,
               ((result[1].end - 1) / group_out + 1) * group_in};
  const Window window = conv_window(op).value();
  for (std::size_t i = 0; i < window.size(); ++i)
    region[i + 2] = window[i].inputs_of(result[i + 2]);
  return region;
}

std::vector<bool> divisible_axes_conv(const OpView& op) {
  std::vector<bool> axes(op.result().rank(), true);
  // Tiles that hold parts of several groups would not be convolutions themselves.
  const std::int64_t group = op.attrs().integer("group");
  axes[1] = group == 1 || group == op.result().shape[1];
  return axes;
}

std::int64_t channels_of_group(const OpView& op) {
  return op.input(1).shape[0] / op.attrs().integer("group");
}

TPU_REGISTER(register_op(
    {.name = "Conv",
     .summary = "convolution over 1 to 3 spatial axes: x, weight [oc, ic / group, k...], bias [oc]",
     .operands = {2, 3},
     .attributes =
         with_relu(window_attributes({{"group", 1, "independent groups of channels"},
                                      {.name = kFoldsTaps,
                                       .default_value = false,
                                       .help = "taps of 16 bits may be laid out as channels",
                                       .is_ours = true}})),
     .infer = infer_conv,
     .evaluate = evaluate_with_relu<evaluate_conv>,
     .work = work_conv,
     .input_region = input_region_conv,
     .divisible_axes = divisible_axes_conv,
     .channel_unit = channels_of_group,
     .local_obstacle = local_with_filter}));

OnnxValues translate_conv(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value weight, node.input(1));
  TPU_TRY_STATUS(check_spatial("the input", node.type(0)));
  TPU_TRY_STATUS(check_spatial("the weight", node.type(1)));
  TPU_TRY(Attributes attributes,
          onnx_window(node, spatial_of(node.type(0).shape), spatial_of(node.type(1).shape)));
  attributes.set("group", node.integer("group", 1));
  std::vector<Value> operands = {x, weight};
  if (node.has_input(2)) operands.push_back(*node.inputs[2]);
  return single(node.add("Conv", std::move(attributes), operands));
}

TPU_REGISTER(register_onnx("Conv", translate_conv));

TPU_REGISTER(register_onnx_emission("Conv", emit_with_relu));

}  // namespace
}  // namespace tpuscope
