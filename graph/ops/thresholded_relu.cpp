// ThresholdedRelu: a comparison and a select.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_thresholded_relu(const OpView& op,
                                                          std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  return map_each(op, inputs, [alpha](double x) { return x > alpha ? x : 0.0; });
}

Work work_thresholded_relu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kCompare, 1}, {WorkUnit::kArith, 1}});
}

TPU_REGISTER(register_op(unary({.name = "ThresholdedRelu",
                                .summary = "x above alpha, 0 elsewhere",
                                .attributes = {{"alpha", 1.0, "threshold"}},
                                .evaluate = evaluate_thresholded_relu,
                                .work = work_thresholded_relu})) &&
             register_onnx_twin("ThresholdedRelu"));

}  // namespace
}  // namespace tpuscope
