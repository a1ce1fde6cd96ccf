// Mish: the sequences of Softplus and Tanh one after the other, then a product.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double mish_of(double x) {
  return x * std::tanh(x > 30 ? x : std::log1p(std::exp(x)));
}

Work work_mish(const OpView& op) {
  return vector_work(op, {{WorkUnit::kExp, 1},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kLog, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kArith, 1, kInPlace},
                          {WorkUnit::kExp, 1, kInPlace},
                          {WorkUnit::kArith, 1},
                          {WorkUnit::kDivide, 1},
                          {WorkUnit::kArith, 2}});
}

TPU_REGISTER(register_op(unary({.name = "Mish",
                                .summary = "x * tanh(ln(1 + e^x))",
                                .evaluate = evaluate_each<mish_of>,
                                .work = work_mish})) &&
             register_onnx("Mish", translate_by_name));

Status emit_mish(OnnxEmission& out) {
  return out.finish("Mul", {out.input(0), out.add("Tanh", {out.add("Softplus", out.inputs())})});
}

TPU_REGISTER(register_onnx_emission("Mish", emit_mish));

}  // namespace
}  // namespace tpuscope
