// HardSigmoid: multiply, add, max, min with constants.

#include <algorithm>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_hard_sigmoid(const OpView& op,
                                                      std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  const double beta = op.attrs().number("beta");
  return map_each(op, inputs,
                  [alpha, beta](double x) { return std::clamp(alpha * x + beta, 0.0, 1.0); });
}

Work work_hard_sigmoid(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 4}});
}

TPU_REGISTER(register_op(unary({.name = "HardSigmoid",
                                .summary = "max(0, min(1, alpha * x + beta))",
                                .attributes = {{"alpha", 0.2, "slope"},
                                               {"beta", 0.5, "value at zero"}},
                                .evaluate = evaluate_hard_sigmoid,
                                .work = work_hard_sigmoid})) &&
             register_onnx_twin("HardSigmoid"));

}  // namespace
}  // namespace tpuscope
