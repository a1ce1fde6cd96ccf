// RoiAlign: a few numbers for each of some regions, each the mean of points between those of a map.
// Which of them are read depends on data; runtimes of the chip leave it to the host.

#include <fmt/core.h>

#include "graph/onnx/host_operators.h"

namespace tpuscope {
namespace {

OnnxValues translate_roi_align(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  TPU_TRY([[maybe_unused]] const Value regions, node.input(1));
  const TensorType& map = node.type(0);
  if (map.rank() != 4 || node.type(1).rank() != 2) {
    return Error{.message = fmt::format("the map is {} and regions are {}, they need four axes and "
                                        "two",
                                        type_text(map), type_text(node.type(1)))};
  }
  const Shape shape{node.type(1).shape[0], map.shape[1], node.integer("output_height", 1),
                    node.integer("output_width", 1)};
  return host_work(node, {{map.dtype, shape}});
}

TPU_REGISTER(register_onnx("RoiAlign", translate_roi_align));

}  // namespace
}  // namespace tpuscope
