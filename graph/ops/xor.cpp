// Xor of truth values.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double xor_of(double a, double b) {
  return (a != 0) != (b != 0) ? 1 : 0;
}

TPU_REGISTER(register_op(binary({.name = "Xor",
                                 .summary = "logical xor",
                                 .infer = infer_logic,
                                 .evaluate = evaluate_pairs<xor_of>,
                                 .work = one_pass<WorkUnit::kArith>})) &&
             register_onnx_twin("Xor"));

}  // namespace
}  // namespace tpuscope
