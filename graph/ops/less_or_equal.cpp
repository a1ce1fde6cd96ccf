// LessOrEqual: a comparison; the result is bool.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double less_or_equal_of(double a, double b) {
  return a <= b ? 1 : 0;
}

TPU_REGISTER(register_op(binary({.name = "LessOrEqual",
                                 .summary = "whether a <= b",
                                 .infer = infer_comparison,
                                 .evaluate = evaluate_pairs<less_or_equal_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("LessOrEqual"));

}  // namespace
}  // namespace tpuscope
