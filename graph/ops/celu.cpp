// Celu: Elu with the argument of the exponential divided by alpha, a product with a constant.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_celu(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  return map_each(op, inputs,
                  [alpha](double x) { return x < 0 ? alpha * std::expm1(x / alpha) : x; });
}

Work work_celu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1},
                          {WorkUnit::kExp, 1, kInPlace},
                          {WorkUnit::kArith, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kCompare, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Celu",
                                .summary = "x for x >= 0, alpha * (e^(x / alpha) - 1) below",
                                .attributes = {{"alpha", 1.0, "limit below zero, negated"}},
                                .evaluate = evaluate_celu,
                                .work = work_celu})) &&
             register_onnx_twin("Celu"));

}  // namespace
}  // namespace tpuscope
