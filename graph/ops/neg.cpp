// Neg: a product with a constant.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double neg_of(double x) {
  return -x;
}

TPU_REGISTER(register_op(unary({.name = "Neg",
                                .summary = "-x",
                                .evaluate = evaluate_each<neg_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Neg"));

}  // namespace
}  // namespace tpuscope
