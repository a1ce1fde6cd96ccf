// Exp: has a unit kind of its own, since nearly all activations contain it.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double exp_of(double x) {
  return std::exp(x);
}

TPU_REGISTER(register_op(unary({.name = "Exp",
                                .summary = "e^x",
                                .evaluate = evaluate_each<exp_of>,
                                .work = one_pass<WorkUnit::kExp>})) &&
             register_onnx_twin("Exp"));

}  // namespace
}  // namespace tpuscope
