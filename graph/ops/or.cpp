// Or of truth values.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double or_of(double a, double b) {
  return a != 0 || b != 0 ? 1 : 0;
}

TPU_REGISTER(register_op(binary({.name = "Or",
                                 .summary = "logical or",
                                 .infer = infer_logic,
                                 .evaluate = evaluate_pairs<or_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Or"));

}  // namespace
}  // namespace tpuscope
