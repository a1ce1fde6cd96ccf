// Ceil: one instruction; the result stays a float.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double ceil_of(double x) {
  return std::ceil(x);
}

TPU_REGISTER(register_op(unary({.name = "Ceil",
                                .summary = "smallest integer not below x",
                                .evaluate = evaluate_each<ceil_of>,
                                .work = one_pass<WorkUnit::kConvert>})) &&
             register_onnx_twin("Ceil"));

}  // namespace
}  // namespace tpuscope
