// Not: an exclusive or with one.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double not_of(double x) {
  return x == 0 ? 1 : 0;
}

TPU_REGISTER(register_op(unary({.name = "Not",
                                .summary = "logical negation",
                                .infer = infer_logic,
                                .evaluate = evaluate_each<not_of>,
                                .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Not"));

}  // namespace
}  // namespace tpuscope
