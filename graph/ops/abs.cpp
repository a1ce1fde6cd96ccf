// Abs: one instruction.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double abs_of(double x) {
  return std::abs(x);
}

TPU_REGISTER(register_op(unary({.name = "Abs",
                                .summary = "|x|",
                                .evaluate = evaluate_each<abs_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Abs"));

}  // namespace
}  // namespace tpuscope
