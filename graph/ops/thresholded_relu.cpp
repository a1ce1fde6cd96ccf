// ThresholdedRelu: a comparison and a select.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate(const OpView& op, std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  return map_each(op, inputs, [alpha](double x) { return x > alpha ? x : 0.0; });
}

Work work(const OpView& op) {
  return vector_work(op, {{WorkUnit::kCompare, 1}, {WorkUnit::kArith, 1}});
}

[[maybe_unused]] const bool registered =
    register_op(unary({.name = "ThresholdedRelu",
                       .summary = "x above alpha, 0 elsewhere",
                       .attributes = {{"alpha", 1.0, "threshold"}},
                       .evaluate = evaluate,
                       .work = work})) &&
    register_onnx_twin("ThresholdedRelu");

}  // namespace
}  // namespace tpuscope
