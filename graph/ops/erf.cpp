// Erf: has a unit kind of its own, since its sequence (two polynomials and a reciprocal) is shared
// with Gelu.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double erf_of(double x) {
  return std::erf(x);
}

TPU_REGISTER(register_op(unary({.name = "Erf",
                                .summary = "error function",
                                .evaluate = evaluate_each<erf_of>,
                                .work = one_pass<WorkUnit::kErf>})) &&
             register_onnx_twin("Erf"));

}  // namespace
}  // namespace tpuscope
