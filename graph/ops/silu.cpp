// Silu, also called Swish: negate, exp, add a constant, then a division where Sigmoid has a
// reciprocal. The importer makes it of x * Sigmoid(x).

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double silu_of(double x) {
  return x / (1 + std::exp(-x));
}

Work work_silu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1},
                          {WorkUnit::kExp, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kDivide, 1},
                          {WorkUnit::kArith, 1, kInPlace}});
}

TPU_REGISTER(register_op(unary({.name = "Silu",
                                .summary = "x / (1 + e^-x)",
                                .evaluate = evaluate_each<silu_of>,
                                .work = work_silu})));

Status emit_silu(OnnxEmission& out) {
  return out.finish("Mul", {out.input(0), out.add("Sigmoid", out.inputs())});
}

TPU_REGISTER(register_onnx_emission("Silu", emit_silu));

}  // namespace
}  // namespace tpuscope
