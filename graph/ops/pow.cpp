// Pow: e^(b ln a). The exponent may have another element type; the result has that of the base.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double power(double a, double b) {
  return std::pow(a, b);
}

Result<std::vector<TensorType>> infer_pow(const OpView& op) {
  TPU_TRY(const Shape shape, broadcast(op.input(0).shape, op.input(1).shape));
  return std::vector<TensorType>{{op.input(0).dtype, shape}};
}

Work work_pow(const OpView& op) {
  return vector_work(op, {{WorkUnit::kLog, 1}, {WorkUnit::kArith, 1}, {WorkUnit::kExp, 1}});
}

TPU_REGISTER(register_op(binary({.name = "Pow",
                                 .summary = "a to the power of b",
                                 .infer = infer_pow,
                                 .evaluate = evaluate_pairs<power>,
                                 .work = work_pow})) &&
             register_onnx_twin("Pow"));

}  // namespace
}  // namespace tpuscope
