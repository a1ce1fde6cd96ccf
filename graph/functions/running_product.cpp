// CumProd (operator set 26) in steps that double: after step i each element is the product of the
// 2^i elements up to it, and is multiplied with the one that ends where its own begin.

#include <fmt/core.h>

#include "graph/functions/steps.h"
#include "graph/ops/by_name.h"
#include "graph/ops/slice.h"

namespace tpuscope {
namespace {

struct RunningAxis {
  std::size_t axis = 0;
  std::int64_t length = 0;
  bool is_reverse = false;
};

/// The elements moved on by `distance`, ones behind them.
Result<Value> moved_on(OnnxNode& node, const RunningAxis& scan, Value x, std::int64_t distance) {
  TensorType ones = node.graph().type(x);
  ones.shape[scan.axis] = distance;
  TPU_TRY(const Value first, filled_constant(node, ones, 1));
  TPU_TRY(const Value rest, add_axis_slice(node, x, scan.axis, scan.is_reverse ? distance : 0,
                                           scan.length - distance));
  const std::vector<Value> parts =
      scan.is_reverse ? std::vector{rest, first} : std::vector{first, rest};
  return concatenated(node, parts, scan.axis);
}

OnnxValues translate_running_product(OnnxNode& node) {
  TPU_TRY(Value x, node.input(0));
  TPU_TRY(const IntList axis, node.integers(std::size_t{1}));
  if (axis.size() != 1) {
    return Error{.message = fmt::format("axis has {} elements, 1 is needed", axis.size())};
  }
  RunningAxis scan{.is_reverse = node.integer("reverse", 0) != 0};
  TPU_TRY(scan.axis, normalised_axis(axis[0], node.type(0).rank()));
  scan.length = node.type(0).shape[scan.axis];
  if (node.integer("exclusive", 0) != 0 && scan.length > 0) {
    TPU_TRY(x, moved_on(node, scan, x, 1));
  }
  for (std::int64_t distance = 1; distance < scan.length; distance *= 2) {
    TPU_TRY(const Value before, moved_on(node, scan, x, distance));
    TPU_TRY(x, node.add("Mul", {}, {x, before}));
  }
  return std::vector<Value>{x};
}

TPU_REGISTER(register_onnx("CumProd", translate_running_product));

}  // namespace
}  // namespace tpuscope
