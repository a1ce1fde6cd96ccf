// CenterCropPad (operator set 18): the middle of each axis, or the axis in the middle of zeros.

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

OnnxValues translate_center_crop_pad(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  const Shape shape = node.type(0).shape;
  TPU_TRY(const IntList wanted, node.integers(std::size_t{1}));
  IntList axes = node.integers("axes", {});
  for (std::size_t axis = 0; !node.has("axes") && axis < shape.size(); ++axis)
    axes.push_back(static_cast<std::int64_t>(axis));
  if (axes.size() != wanted.size()) {
    return Error{.message = fmt::format("{} extents for {} axes", wanted.size(), axes.size())};
  }
  IntList pads(2 * shape.size(), 0);
  bool is_padded = false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    TPU_TRY(const std::size_t axis, normalised_axis(axes[i], shape.size()));
    const std::int64_t more = wanted[i] - shape[axis];
    if (more < 0) {
      TPU_TRY(x, add_axis_slice(node, x, axis, -more / 2, wanted[i]));
    } else {
      pads[axis] = more / 2;
      pads[axis + shape.size()] = more - more / 2;
      is_padded = is_padded || more > 0;
    }
  }
  if (!is_padded) return std::vector<Value>{x};
  return single(node.add("Pad", {{"pads", pads}}, {x}));
}

TPU_REGISTER(register_onnx("CenterCropPad", translate_center_crop_pad));

}  // namespace
}  // namespace tpuscope
