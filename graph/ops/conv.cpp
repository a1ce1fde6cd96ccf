// Conv: convolution over 1 to 3 spatial axes, grouped, strided, dilated. The kernel's extents are
// those of the weight [oc, ic / group, k...]; a bias [oc] may follow.

#include <algorithm>

#include <fmt/core.h>

#include "graph/ops/fused_relu.h"
#include "graph/ops/window.h"

namespace tpuscope {
namespace {

Result<Window> conv_window(const OpView& op) {
  return window_of(op.attrs(), spatial_of(op.input(0).shape), spatial_of(op.input(1).shape));
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

/// Products of 8 bits are summed in 32 bits, get their bias there and are brought to the result's
/// scale, which clamps as well.
void push_sums(const OpView& op, Work& work) {
  if (size_of(op.input(0).dtype) != 1) return;
  work.back().type = DType::kI8;
  const Shape& shape = op.result().shape;
  WorkStep sum = map_step(WorkUnit::kArith, shape[0], shape[1], spatial_of(shape));
  sum.type = DType::kI32;
  sum.overwrites = true;
  sum.operands = 2;
  // The depthwise instruction has a bias of its own.
  if (op.has_input(2) && work.back().unit == WorkUnit::kConv) work.push_back(sum);
  sum.unit = WorkUnit::kRequant;
  sum.overwrites = false;
  work.push_back(sum);
}

/// Most rows of channels and taps that a folded convolution puts on lanes.
constexpr std::int64_t kFoldedLanes = 64;

/// Whether the kernel's rows become channels: few channels leave most of the cube idle.
bool is_folded(const OpView& op, const WorkStep& conv) {
  const Shape& weight = op.input(1).shape;
  constexpr std::int64_t kMostStride = 15;  // the instruction's field has 4 bits
  if (weight.size() != 4 || size_of(op.input(0).dtype) > 2 || conv.kernel == 1) return false;
  if (op.attrs().integer("group") != 1) return false;
  const IntList& strides = op.attrs().integers("strides");
  const bool is_near = std::all_of(strides.begin(), strides.end(),
                                   [](std::int64_t stride) { return stride <= kMostStride; });
  return is_near && weight[1] * weight[2] <= kFoldedLanes;
}

/// Each channel goes to as many lanes as the kernel has rows; a depthwise step with one-hot weights
/// shifts them, so that a kernel of one row is left over that many channels. A single channel is
/// laid out for all taps at once.
Work folded_conv(const OpView& op, WorkStep conv) {
  const Shape& x = op.input(0).shape;
  const Shape& weight = op.input(1).shape;
  const bool takes_all = weight[1] == 1;
  const std::int64_t rows = takes_all ? conv.kernel : weight[2];
  const std::int64_t width = takes_all ? conv.w : x[3];
  Work work;
  WorkStep spread{.unit = WorkUnit::kBroadcast, .n = x[0], .c = rows, .h = x[2], .w = x[3]};
  spread.passes = weight[1] - 1;
  if (spread.passes > 0) work.push_back(spread);
  spread.passes = 1;
  spread.overwrites = true;
  work.push_back(spread);
  const auto small = [&](WorkUnit unit, std::int64_t passes) {
    work.push_back({.unit = unit, .c = rows, .w = rows, .passes = passes});
  };
  small(WorkUnit::kConvert, 1);
  small(WorkUnit::kCopy, 2);
  if (weight[1] > 1) small(WorkUnit::kLaneCopy, weight[1] - 1);
  WorkStep shift{.unit = WorkUnit::kDepthwise,
                 .n = x[0],
                 .c = weight[1] * rows,
                 .h = conv.h,
                 .w = width,
                 .kernel = rows,
                 .weighted = true,
                 .prepares = true};
  work.push_back(shift);
  conv.reduce = weight[1] * rows;
  conv.kernel = takes_all ? 1 : weight[3];
  work.push_back(conv);
  return work;
}

Work work_conv(const OpView& op) {
  const Shape& weight = op.input(1).shape;
  const Shape& result = op.result().shape;
  const std::int64_t taps = element_count(spatial_of(weight));
  if (weight[1] == 1 && op.attrs().integer("group") > 1) {
    WorkStep step = map_step(WorkUnit::kDepthwise, result[0], result[1], spatial_of(result));
    step.kernel = taps;
    step.weighted = true;
    step.strided = is_strided(op.attrs());
    Work work{step};
    push_sums(op, work);
    return with_relu_passes(op, std::move(work));
  }
  // From the shapes, not from "group": a tile of some channels has fewer groups than the op.
  const std::int64_t groups = std::max<std::int64_t>(op.input(0).shape[1] / weight[1], 1);
  WorkStep step =
      map_step(WorkUnit::kConv, result[0] * groups, result[1] / groups, spatial_of(result));
  step.reduce = weight[1];
  step.kernel = taps;
  step.strided = is_strided(op.attrs());
  Work work = is_folded(op, step) ? folded_conv(op, step) : Work{step};
  push_sums(op, work);
  return with_relu_passes(op, std::move(work));
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

TPU_REGISTER(register_op(
    {.name = "Conv",
     .summary = "convolution over 1 to 3 spatial axes: x, weight [oc, ic / group, k...], bias [oc]",
     .operands = {2, 3},
     .attributes = with_relu(window_attributes({{"group", 1, "independent groups of channels"}})),
     .infer = infer_conv,
     .evaluate = evaluate_with_relu<evaluate_conv>,
     .work = work_conv,
     .input_region = input_region_conv,
     .divisible_axes = divisible_axes_conv,
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
