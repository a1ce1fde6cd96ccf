// Softsign: abs, add a constant, divide.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double softsign_of(double x) {
  return x / (1 + std::abs(x));
}

Work work_softsign(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 2}, {WorkUnit::kDivide, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Softsign",
                                .summary = "x / (1 + |x|)",
                                .evaluate = evaluate_each<softsign_of>,
                                .work = work_softsign})) &&
             register_onnx_twin("Softsign"));

}  // namespace
}  // namespace tpuscope
