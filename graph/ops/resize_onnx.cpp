// ONNX's Resize and Upsample as our Resize: five operator sets that pass sizes, scales, axes and
// coordinate modes in different places become one full list of extents.

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"

namespace tpuscope {
namespace {

/// The axes that the node's lists are about: "axes" (opset 18), or all.
Result<std::vector<std::size_t>> listed_axes(const OnnxNode& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t entry : node.integers("axes", {})) {
    TPU_TRY(const std::size_t axis, normalised_axis(entry, rank));
    axes.push_back(axis);
  }
  for (std::size_t axis = 0; !node.has("axes") && axis < rank; ++axis)
    axes.push_back(axis);
  return axes;
}

Status check_length(std::string_view what, std::size_t length, std::size_t wanted) {
  if (length == wanted) return Ok{};
  return Error{.message =
                   fmt::format("{} has {} entries, {} axes are resized", what, length, wanted)};
}

/// Sets sizes and scales from factors for `axes`.
Status apply_scales(const std::vector<double>& factors, const std::vector<std::size_t>& axes,
                    const Shape& shape, Attributes& attributes) {
  TPU_TRY_STATUS(check_length("scales", factors.size(), axes.size()));
  IntList sizes = shape;
  FloatList scales(shape.size(), 1.0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    scales[axes[i]] = factors[i];
    // In single precision, as the runtimes do it: 0.7f * 10 is 7 there and 6.9999999 exactly.
    const float extent = static_cast<float>(shape[axes[i]]) * static_cast<float>(factors[i]);
    sizes[axes[i]] = saturated_integer(std::floor(static_cast<double>(extent)));
  }
  attributes.set("sizes", sizes);
  attributes.set("scales", scales);
  return Ok{};
}

/// Sets sizes and scales from extents for `axes`; some policies keep the aspect ratio.
Status apply_sizes(const IntList& wanted, const std::vector<std::size_t>& axes, const Shape& shape,
                   const std::string& policy, Attributes& attributes) {
  TPU_TRY_STATUS(check_length("sizes", wanted.size(), axes.size()));
  IntList sizes = shape;
  FloatList scales(shape.size(), 1.0);
  double smallest = 0.0;
  double largest = 0.0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    sizes[axes[i]] = wanted[i];
    const double factor = static_cast<double>(wanted[i]) /
                          static_cast<double>(std::max<std::int64_t>(shape[axes[i]], 1));
    scales[axes[i]] = factor;
    smallest = i == 0 ? factor : std::min(smallest, factor);
    largest = std::max(largest, factor);
  }
  if (policy == "not_larger" || policy == "not_smaller") {
    const double factor = policy == "not_larger" ? smallest : largest;
    for (const std::size_t axis : axes) {
      scales[axis] = factor;
      sizes[axis] = saturated_integer(std::floor(factor * static_cast<double>(shape[axis]) + 0.5));
    }
  } else if (policy != "stretch") {
    return Error{.message = fmt::format("keep_aspect_ratio_policy is {}", in_quotes(policy)),
                 .hint = did_you_mean(policy, {"stretch", "not_larger", "not_smaller"})};
  }
  attributes.set("sizes", sizes);
  attributes.set("scales", scales);
  return Ok{};
}

OnnxValues add_resize(OnnxNode& node, Attributes attributes) {
  TPU_TRY(const Value x, node.input(0));
  return single(node.add("Resize", std::move(attributes), {x}));
}

/// Upsample, and Resize of opset 10: factors only, of indices without half-pixel offsets.
OnnxValues translate_upsample(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  const Shape& shape = node.type(0).shape;
  FloatList factors;
  if (const AttributeValue* given = node.attributes.find("scales")) {
    if (const auto* list = std::get_if<FloatList>(given)) factors = *list;
  } else {
    TPU_TRY(const HostTensor scales, node.constant(1));
    factors = scales.values;
  }
  Attributes attributes{{"mode", node.text("mode", "nearest")},
                        {"coordinates", std::string("asymmetric")},
                        {"nearest_mode", std::string("floor")}};
  TPU_TRY(const std::vector<std::size_t> axes, listed_axes(node, shape.size()));
  TPU_TRY_STATUS(apply_scales(factors, axes, shape, attributes));
  return add_resize(node, std::move(attributes));
}

Status set_roi(const OnnxNode& node, const std::vector<std::size_t>& axes, std::size_t rank,
               Attributes& attributes) {
  if (node.text("coordinate_transformation_mode", "") != "tf_crop_and_resize") return Ok{};
  TPU_TRY(const HostTensor given, node.constant(1));
  TPU_TRY_STATUS(check_length("roi", given.values.size(), 2 * axes.size()));
  FloatList roi(rank, 0.0);
  roi.resize(2 * rank, 1.0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    roi[axes[i]] = given.values[i];
    roi[rank + axes[i]] = given.values[axes.size() + i];
  }
  attributes.set("roi", roi);
  return Ok{};
}

OnnxValues translate_resize(OnnxNode& node) {
  if (node.opset < 11) return translate_upsample(node);
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  const Shape& shape = node.type(0).shape;
  TPU_TRY(const std::vector<std::size_t> axes, listed_axes(node, shape.size()));
  Attributes attributes{{"mode", node.text("mode", "nearest")},
                        {"coordinates", node.text("coordinate_transformation_mode", "half_pixel")},
                        {"nearest_mode", node.text("nearest_mode", "round_prefer_floor")},
                        {"cubic_coeff_a", node.number("cubic_coeff_a", -0.75)},
                        {"exclude_outside", node.integer("exclude_outside", 0) != 0},
                        {"extrapolation_value", node.number("extrapolation_value", 0.0)},
                        {"antialias", node.integer("antialias", 0) != 0}};
  TPU_TRY_STATUS(set_roi(node, axes, shape.size(), attributes));
  if (node.has_input(2) && node.type(2).elements() > 0) {  // an empty tensor means: not given
    TPU_TRY(const HostTensor scales, node.constant(2));
    TPU_TRY_STATUS(apply_scales(scales.values, axes, shape, attributes));
  } else {
    TPU_TRY(const IntList sizes, node.integers(std::size_t{3}));
    TPU_TRY_STATUS(apply_sizes(sizes, axes, shape, node.text("keep_aspect_ratio_policy", "stretch"),
                               attributes));
  }
  return add_resize(node, std::move(attributes));
}

TPU_REGISTER(register_onnx("Resize", translate_resize) &&
             register_onnx("Upsample", translate_upsample));

/// Whether runtimes arrive at the op's extents from its factors; they multiply in single precision.
bool scales_suffice(const OpView& op) {
  for (std::size_t axis = 0; axis < op.input(0).rank(); ++axis) {
    const float extent = static_cast<float>(op.input(0).shape[axis]) *
                         static_cast<float>(op.attrs().numbers("scales")[axis]);
    if (std::floor(static_cast<double>(extent)) !=
        static_cast<double>(op.attrs().integers("sizes")[axis])) {
      return false;
    }
  }
  return true;
}

/// Whether the factors are what extents alone imply.
bool sizes_suffice(const OpView& op) {
  for (std::size_t axis = 0; axis < op.input(0).rank(); ++axis) {
    const double factor = static_cast<double>(op.attrs().integers("sizes")[axis]) /
                          static_cast<double>(op.input(0).shape[axis]);
    if (factor != op.attrs().numbers("scales")[axis]) return false;
  }
  return true;
}

HostTensor floats(const FloatList& values) {
  return {{DType::kF32, {static_cast<std::int64_t>(values.size())}}, values};
}

Status emit_resize_onnx(OnnxEmission& out) {
  const std::string& coordinates = out.attrs().text("coordinates");
  if (coordinates == "half_pixel_symmetric") return out.unsupported(coordinates);
  const bool by_scales = scales_suffice(out.view());
  if (!by_scales && !sizes_suffice(out.view())) {
    return out.unsupported("a factor that does not give the extents");
  }
  const FloatList& roi = out.attrs().numbers("roi");
  std::vector<std::string> inputs = {out.input(0), roi.empty() ? "" : out.constant(floats(roi))};
  if (by_scales) {
    inputs.push_back(out.constant(floats(out.attrs().numbers("scales"))));
  } else {
    inputs.insert(inputs.end(), {"", out.integers(out.attrs().integers("sizes"))});
  }
  Attributes attributes = out.attrs();
  for (const char* name : {"sizes", "scales", "roi", "coordinates"})
    attributes.erase(name);
  attributes.set("coordinate_transformation_mode", coordinates);
  return out.finish("Resize", inputs, attributes);
}

TPU_REGISTER(register_onnx_emission("Resize", emit_resize_onnx));

}  // namespace
}  // namespace tpuscope
