// ConvTranspose: the transpose of a convolution, weight [ic, oc / group, k...]. It is that
// convolution's window which slides over the result, one position per input element.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/ops/fused_relu.h"
#include "graph/ops/window.h"

namespace tpuscope {
namespace {

/// Extent of the result along each spatial axis.
Result<Shape> result_extents(const OpView& op) {
  const Shape input = spatial_of(op.input(0).shape);
  TPU_TRY(const Window window, window_of(op.attrs(), input, spatial_of(op.input(1).shape)));
  IntList extra = op.attrs().integers("output_padding");
  if (extra.empty()) extra.assign(input.size(), 0);
  if (extra.size() != input.size()) {
    return Error{.message = fmt::format("output_padding has {} entries, the input has {} spatial "
                                        "axes",
                                        extra.size(), input.size())};
  }
  Shape extents;
  for (std::size_t i = 0; i < window.size(); ++i) {
    const WindowAxis& axis = window[i];
    if (axis.input > kMaxElements / axis.stride) {
      return Error{.message =
                       fmt::format("a stride of {} makes the result too large", axis.stride)};
    }
    const std::int64_t extent =
        (axis.input - 1) * axis.stride + axis.span() + extra[i] - axis.pad_begin - axis.pad_end;
    if (axis.input < 1 || extent < 1) {
      return Error{.message = fmt::format("extent {} becomes {}", axis.input, extent),
                   .hint = "are the pads larger than the kernel?"};
    }
    extents.push_back(extent);
  }
  return extents;
}

/// The window of the convolution that this op transposes.
Window transposed_window(const OpView& op) {
  return window_of(op.attrs(), spatial_part(op.result().shape), spatial_part(op.input(1).shape))
      .value();
}

Result<std::vector<TensorType>> infer_conv_transpose(const OpView& op) {
  TPU_TRY_STATUS(check_spatial("the input", op.input(0)));
  TPU_TRY_STATUS(check_spatial("the weight", op.input(1)));
  const std::int64_t group = op.attrs().integer("group");
  const std::int64_t channels = op.input(0).shape[1];
  const Shape& weight = op.input(1).shape;
  if (channels != weight[0] || group < 1 || channels % group != 0) {
    return Error{.message = fmt::format("input has {} channels, the weight {} in {} groups",
                                        channels, weight[0], group)};
  }
  if (weight[1] > kMaxElements / group) {
    return Error{.message = fmt::format("{} groups of {} channels are too many", group, weight[1])};
  }
  const std::int64_t result_channels = weight[1] * group;
  if (op.has_input(2) && op.input(2).shape != Shape{result_channels}) {
    return Error{.message = fmt::format("bias is {}, the result has {} channels",
                                        type_text(op.input(2)), result_channels)};
  }
  TPU_TRY(const Shape extents, result_extents(op));
  TensorType result{op.input(0).dtype, {op.input(0).shape[0], result_channels}};
  result.shape.insert(result.shape.end(), extents.begin(), extents.end());
  return std::vector<TensorType>{result};
}

Result<std::vector<HostTensor>> evaluate_conv_transpose(const OpView& op,
                                                        std::span<const HostTensor> inputs) {
  const HostTensor& x = inputs[0];
  const HostTensor& weight = inputs[1];
  HostTensor y = HostTensor::zeros(op.result());
  const TapTable taps = tap_table(transposed_window(op), spatial_of(x.shape()));
  const std::int64_t map = element_count(spatial_of(y.shape()));
  const std::int64_t channels = x.shape()[1];
  const std::int64_t group_out = weight.shape()[1];
  const std::int64_t group_in = channels / op.attrs().integer("group");
  for (std::int64_t i = 0; inputs.size() > 2 && i < y.elements(); ++i) {
    y[i] = inputs[2][i / map % y.shape()[1]];
  }
  for (std::int64_t from = 0; from < x.shape()[0] * channels; ++from) {
    const std::int64_t n = from / channels;
    const std::int64_t ic = from % channels;
    for (std::int64_t j = 0; j < group_out; ++j) {
      const std::int64_t to = n * y.shape()[1] + ic / group_in * group_out + j;
      for (std::int64_t position = 0; position < taps.positions; ++position) {
        const double value = x[from * taps.positions + position];
        for (std::int64_t tap = 0; tap < taps.taps; ++tap) {
          const std::int64_t element = taps.at(position, tap);
          if (element < 0) continue;
          y[to * map + element] += value * weight[(ic * group_out + j) * taps.taps + tap];
        }
      }
    }
  }
  return std::vector<HostTensor>{y};
}

/// Every input element meets every tap once, so the step runs over the input's positions.
Work work_conv_transpose(const OpView& op) {
  const Shape& x = op.input(0).shape;
  const Shape& weight = op.input(1).shape;
  const std::int64_t channels = op.result().shape[1];
  // From the shapes, not from "group": a tile of some channels has fewer groups than the op.
  const std::int64_t group =
      std::max<std::int64_t>(1, channels / std::max<std::int64_t>(1, weight[1]));
  const std::int64_t group_in = x[1] / group;
  WorkStep step = map_step(WorkUnit::kConv, x[0], channels, spatial_of(x));
  step.groups = group;
  step.reduce = group_in;
  // A single channel of several is a window as all of them are.
  if (op.attrs().integer("group") > 1 && group_in == 1 && weight[1] == 1) {
    step.unit = WorkUnit::kDepthwise;
    step.weighted = true;
  }
  step.kernel = element_count(spatial_of(weight));
  // Zeros between the inputs are multiplied as well.
  step.spread =
      std::max<std::int64_t>(1, element_count(spatial_of(op.result().shape)) /
                                    std::max<std::int64_t>(1, element_count(spatial_of(x))));
  return with_relu_passes(op, with_sums(op, {step}));
}

/// Input channels of the groups that some channels of the result belong to.
Range channels_into(const OpView& op, const Range& result) {
  const std::int64_t group_in = op.input(0).shape[1] / op.attrs().integer("group");
  const std::int64_t group_out = std::max<std::int64_t>(1, op.input(1).shape[1]);
  return {result.begin / group_out * group_in, ((result.end - 1) / group_out + 1) * group_in};
}

Region input_region_conv_transpose(const OpView& op, std::size_t operand, const Region& result) {
  Region region = whole(op.input(operand).shape);
  if (operand == 0) {
    region[0] = result[0];
    region[1] = channels_into(op, result[1]);
    const Window window = transposed_window(op);
    for (std::size_t i = 0; i < window.size(); ++i) {
      region[i + 2] = window[i].positions_of(result[i + 2], op.input(0).shape[i + 2]);
    }
  } else if (operand == 1) {
    region[0] = channels_into(op, result[1]);
    if (op.attrs().integer("group") == 1) region[1] = result[1];
  } else {
    region[0] = result[1];
  }
  return region;
}

std::vector<bool> divisible_axes_conv_transpose(const OpView& op) {
  std::vector<bool> axes(op.result().rank(), true);
  axes[1] = op.attrs().integer("group") == 1;
  return axes;
}

std::int64_t channels_of_group_transpose(const OpView& op) {
  return op.input(1).shape[1];
}

TPU_REGISTER(register_op(
    {.name = "ConvTranspose",
     .summary = "transposed convolution: x, weight [ic, oc / group, k...], bias [oc]",
     .operands = {2, 3},
     .attributes = with_relu(window_attributes(
         {{"group", 1, "independent groups of channels"},
          {"output_padding", IntList{}, "elements added at the end of each spatial axis"}})),
     .infer = infer_conv_transpose,
     .evaluate = evaluate_with_relu<evaluate_conv_transpose>,
     .work = work_conv_transpose,
     .input_region = input_region_conv_transpose,
     .divisible_axes = divisible_axes_conv_transpose,
     .channel_unit = channels_of_group_transpose,
     .local_obstacle = local_with_filter}));

/// Pads and output padding that give the extents `wanted`, where auto_pad or output_shape say so.
Status fit_result(const OnnxNode& node, const Shape& input, const Shape& kernel,
                  const Shape& wanted, Attributes& attributes) {
  if (wanted.size() != input.size()) {
    return Error{.message = fmt::format("output_shape {} does not fit {} spatial axes",
                                        list_text(wanted), input.size())};
  }
  TPU_TRY(const Window window, window_of(attributes, input, kernel));
  IntList extra = attributes.integers("output_padding");
  IntList pads(2 * input.size(), 0);
  for (std::size_t i = 0; i < input.size(); ++i) {
    const WindowAxis& axis = window[i];
    const std::int64_t surplus =
        (axis.input - 1) * axis.stride + extra[i] + axis.span() - wanted[i];
    const std::int64_t total = std::max<std::int64_t>(surplus, 0);
    extra[i] += std::max<std::int64_t>(-surplus, 0);
    const bool upper = node.text("auto_pad", "NOTSET") == "SAME_UPPER";
    pads[i] = upper ? total / 2 : total - total / 2;
    pads[i + input.size()] = total - pads[i];
  }
  attributes.set("pads", pads);
  attributes.set("output_padding", extra);
  return Ok{};
}

OnnxValues translate_conv_transpose(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(const Value weight, node.input(1));
  TPU_TRY_STATUS(check_spatial("the input", node.type(0)));
  TPU_TRY_STATUS(check_spatial("the weight", node.type(1)));
  const Shape input = spatial_of(node.type(0).shape);
  const Shape kernel = spatial_of(node.type(1).shape);
  TPU_TRY(Attributes attributes, onnx_window(node, input, kernel));
  TPU_TRY(const Window window, window_of(attributes, input, kernel));
  attributes.set("group", node.integer("group", 1));
  const IntList extra = node.integers("output_padding", IntList(input.size(), 0));
  if (extra.size() != input.size()) {
    return Error{.message = fmt::format("output_padding {} does not fit {} spatial axes",
                                        list_text(extra), input.size())};
  }
  attributes.set("output_padding", extra);
  Shape wanted = node.integers("output_shape", {});
  if (wanted.size() == input.size() + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (node.text("auto_pad", "NOTSET").starts_with("SAME") && wanted.empty()) {
    for (const WindowAxis& axis : window)
      wanted.push_back(axis.input * axis.stride);
  }
  if (!wanted.empty()) {
    TPU_TRY_STATUS(fit_result(node, input, kernel, wanted, attributes));
  }
  std::vector<Value> operands = {x, weight};
  if (node.has_input(2)) operands.push_back(*node.inputs[2]);
  return single(node.add("ConvTranspose", std::move(attributes), operands));
}

TPU_REGISTER(register_onnx("ConvTranspose", translate_conv_transpose));

TPU_REGISTER(register_onnx_emission("ConvTranspose", emit_with_relu));

}  // namespace
}  // namespace tpuscope
