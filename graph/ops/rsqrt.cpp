// Rsqrt: what the machine has in place of a square root. ONNX has no such operator: rewrites make
// it.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double rsqrt_of(double x) {
  return 1 / std::sqrt(x);
}

TPU_REGISTER(register_op(unary({.name = "Rsqrt",
                                .summary = "1 / sqrt(x)",
                                .evaluate = evaluate_each<rsqrt_of>,
                                .work = one_pass<WorkUnit::kRsqrt>})));

Status emit_rsqrt(OnnxEmission& out) {
  return out.finish("Reciprocal", {out.add("Sqrt", out.inputs())});
}

TPU_REGISTER(register_onnx_emission("Rsqrt", emit_rsqrt));

}  // namespace
}  // namespace tpuscope
