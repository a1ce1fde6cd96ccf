// An op: its meaning, its rule of shapes and its work.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double tripled(double x) {
  return 3 * x;
}

TPU_REGISTER(register_op(unary({.name = "Triple",
                                .summary = "3 x",
                                .evaluate = evaluate_each<tripled>,
                                .work = one_pass<WorkUnit::kArith>})));

}  // namespace
}  // namespace tpuscope
