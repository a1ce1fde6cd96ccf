// Tanh, computed as 1 - 2 / (e^2x + 1): add, exp, add a constant, divide a constant, subtract.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double tanh_of(double x) {
  return std::tanh(x);
}

Work work_tanh(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1},
                          {WorkUnit::kArith, 1, kInPlace},
                          {WorkUnit::kExp, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kDivide, 1},
                          {WorkUnit::kArith, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Tanh",
                                .summary = "hyperbolic tangent",
                                .evaluate = evaluate_each<tanh_of>,
                                .work = work_tanh})) &&
             register_onnx_twin("Tanh"));

}  // namespace
}  // namespace tpuscope
