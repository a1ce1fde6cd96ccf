// Reciprocal: a division with a constant dividend.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double reciprocal_of(double x) {
  return 1 / x;
}

TPU_REGISTER(register_op(unary({.name = "Reciprocal",
                                .summary = "1 / x",
                                .evaluate = evaluate_each<reciprocal_of>,
                                .work = one_pass<WorkUnit::kDivide>})) &&
             register_onnx_twin("Reciprocal"));

}  // namespace
}  // namespace tpuscope
