// Relu: max(x, 0), one instruction against a constant.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double relu_of(double x) {
  return x > 0 || std::isnan(x) ? x : 0.0;
}

TPU_REGISTER(register_op(unary({.name = "Relu",
                                .summary = "max(x, 0)",
                                .evaluate = evaluate_each<relu_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Relu"));

}  // namespace
}  // namespace tpuscope
