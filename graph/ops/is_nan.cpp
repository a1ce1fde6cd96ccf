// IsNaN: a number that differs from itself is none.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double is_nan_of(double x) {
  return std::isnan(x) ? 1 : 0;
}

TPU_REGISTER(register_op(unary({.name = "IsNaN",
                                .summary = "whether x is not a number",
                                .infer = infer_comparison,
                                .evaluate = evaluate_each<is_nan_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("IsNaN"));

}  // namespace
}  // namespace tpuscope
