// Softplus: exp, add a constant, log. Above 30 the result equals x in double precision, while e^x
// would overflow.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double softplus_of(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}

Work work_softplus(const OpView& op) {
  return vector_work(op,
                     {{WorkUnit::kExp, 1}, {WorkUnit::kArith, 1}, {WorkUnit::kLog, 1, kInPlace}});
}

TPU_REGISTER(register_op(unary({.name = "Softplus",
                                .summary = "ln(1 + e^x)",
                                .evaluate = evaluate_each<softplus_of>,
                                .work = work_softplus})) &&
             register_onnx_twin("Softplus"));

}  // namespace
}  // namespace tpuscope
