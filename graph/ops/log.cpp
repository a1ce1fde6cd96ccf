// Log: has a unit kind of its own, since Softplus and the inverse hyperbolics contain it.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double log_of(double x) {
  return std::log(x);
}

TPU_REGISTER(register_op(unary({.name = "Log",
                                .summary = "natural logarithm",
                                .evaluate = evaluate_each<log_of>,
                                .work = one_pass<WorkUnit::kLog>})) &&
             register_onnx_twin("Log"));

}  // namespace
}  // namespace tpuscope
