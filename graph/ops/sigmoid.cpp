// Sigmoid: neg, exp, add a constant, reciprocal.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double sigmoid_of(double x) {
  return 1 / (1 + std::exp(-x));
}

Work work_sigmoid(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1},
                          {WorkUnit::kExp, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kDivide, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Sigmoid",
                                .summary = "1 / (1 + e^-x)",
                                .evaluate = evaluate_each<sigmoid_of>,
                                .work = work_sigmoid})) &&
             register_onnx_twin("Sigmoid"));

}  // namespace
}  // namespace tpuscope
