// Elu, computed without a branch as max(x, 0) + alpha * (e^min(x, 0) - 1).

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_elu(const OpView& op, std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  return map_each(op, inputs, [alpha](double x) { return x < 0 ? alpha * std::expm1(x) : x; });
}

Work work_elu(const OpView& op) {
  return vector_work(
      op, {{WorkUnit::kExp, 1}, {WorkUnit::kArith, 1, kInPlace}, {WorkUnit::kCompare, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Elu",
                                .summary = "x for x >= 0, alpha * (e^x - 1) below",
                                .attributes = {{"alpha", 1.0, "limit below zero, negated"}},
                                .evaluate = evaluate_elu,
                                .work = work_elu})) &&
             register_onnx_twin("Elu"));

}  // namespace
}  // namespace tpuscope
