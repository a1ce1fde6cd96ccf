// Sign: one instruction, as in the sequence of the error function.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double sign_of(double x) {
  if (std::isnan(x)) return x;
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

TPU_REGISTER(register_op(unary({.name = "Sign",
                                .summary = "-1, 0 or 1",
                                .evaluate = evaluate_each<sign_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Sign"));

}  // namespace
}  // namespace tpuscope
