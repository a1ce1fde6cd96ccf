// Sliding windows: the geometry that convolutions and pooling share, per spatial axis. Padding,
// halos of tiles and ONNX's auto_pad are worked out here and nowhere else.

#pragma once

#include <span>

#include <boost/container/small_vector.hpp>

#include "graph/onnx/node.h"
#include "graph/op_def.h"

namespace tpuscope {

/// A window that slides along one axis.
struct WindowAxis {
  std::int64_t input = 1;  ///< extent that it slides over
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad_begin = 0;
  std::int64_t pad_end = 0;

  /// Input elements from the first tap to the last.
  std::int64_t span() const { return (kernel - 1) * dilation + 1; }
  /// Positions of the window, 0 when it does not fit. With `ceil` a last, partly overhanging
  /// position counts if it begins inside the input or its leading padding.
  std::int64_t positions(bool ceil = false) const;
  /// Input that a range of positions reads, without padding. Never empty for a non-empty input.
  Range inputs_of(Range positions) const;
  /// Positions whose window touches a range of the input, below `count`.
  Range positions_of(Range inputs, std::int64_t count) const;
};
using Window = boost::container::small_vector<WindowAxis, 3>;

/// Table rows of strides, pads ([begins..., ends...]) and dilations, followed by `more`. Empty
/// lists mean strides of 1, no padding, no dilation.
std::vector<AttributeDef> window_attributes(std::vector<AttributeDef> more);

/// The window of an op; errors for lists of a wrong length and for values out of range.
Result<Window> window_of(const Attributes& attributes, std::span<const std::int64_t> input,
                         std::span<const std::int64_t> kernel);
/// Number of positions along each axis; an error when the window does not fit.
Result<Shape> positions_of(const Window& window, bool ceil = false);

/// Whether the attribute "strides" has one above 1.
bool is_strided(const Attributes& attributes);

/// Extents from axis 2 on.
Shape spatial_of(const Shape& shape);
/// The same in place.
std::span<const std::int64_t> spatial_part(const Shape& shape);
/// Whether a tensor has 1 to 3 spatial axes after two others; `what` names it in the error.
Status check_spatial(std::string_view what, const TensorType& type);
/// A step whose result is n x c maps with these spatial extents; depth joins the height.
WorkStep map_step(WorkUnit unit, std::int64_t n, std::int64_t c, const Shape& spatial);

/// The work followed by what a product of 8 bits, which is summed in 32 bits, needs by instructions
/// of its own: the bias, where the product is the cube's (a depthwise one has its own), and the
/// result's scale.
Work with_sums(const OpView& op, Work work);

/// For each window position (row-major) and tap (row-major) the element that the tap reads within
/// one map, or why it reads none.
struct TapTable {
  static constexpr std::int64_t kPadding = -1;
  static constexpr std::int64_t kOverhang = -2;  ///< beyond the padding, under ceil rounding

  std::int64_t positions = 0;
  std::int64_t taps = 0;
  std::vector<std::int64_t> elements{};

  std::int64_t at(std::int64_t position, std::int64_t tap) const {
    return elements[static_cast<std::size_t>(position * taps + tap)];
  }
};
TapTable tap_table(const Window& window, const Shape& positions);

/// strides, pads and dilations of an ONNX node, complete, with auto_pad resolved.
Result<Attributes> onnx_window(const OnnxNode& node, const Shape& input, const Shape& kernel);

}  // namespace tpuscope
