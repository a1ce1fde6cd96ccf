// And of truth values.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double and_of(double a, double b) {
  return a != 0 && b != 0 ? 1 : 0;
}

TPU_REGISTER(register_op(binary({.name = "And",
                                 .summary = "logical and",
                                 .infer = infer_logic,
                                 .evaluate = evaluate_pairs<and_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("And"));

}  // namespace
}  // namespace tpuscope
