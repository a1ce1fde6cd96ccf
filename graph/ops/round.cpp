// Round: one instruction; ties go to even, the default rounding mode of the C library.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double round_of(double x) {
  return std::nearbyint(x);
}

TPU_REGISTER(register_op(unary({.name = "Round",
                                .summary = "nearest integer, ties to even",
                                .evaluate = evaluate_each<round_of>,
                                .work = one_pass<WorkUnit::kConvert>})) &&
             register_onnx_twin("Round"));

}  // namespace
}  // namespace tpuscope
