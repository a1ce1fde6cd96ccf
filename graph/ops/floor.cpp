// Floor: one instruction; the result stays a float.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double floor_of(double x) {
  return std::floor(x);
}

TPU_REGISTER(register_op(unary({.name = "Floor",
                                .summary = "largest integer not above x",
                                .evaluate = evaluate_each<floor_of>,
                                .work = one_pass<WorkUnit::kConvert>})) &&
             register_onnx_twin("Floor"));

}  // namespace
}  // namespace tpuscope
