// Div. Integers divide towards zero, as in C and in ONNX; dividing one by zero gives zero, since a
// reference kernel must not trap.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double quotient(double a, double b) {
  return a / b;
}
double integer_quotient(double a, double b) {
  return b == 0 ? 0 : std::trunc(a / b);
}

Result<std::vector<HostTensor>> evaluate_div(const OpView& op, std::span<const HostTensor> inputs) {
  return map_pairs(op, inputs, is_float(op.result().dtype) ? quotient : integer_quotient);
}

/// The compiler gives 8-bit quotients to constants only: a product with the reciprocal.
Work work_div(const OpView& op) {
  return op.result().dtype == DType::kI8 ? scaled_product_work(op)
                                         : one_pass<WorkUnit::kDivide>(op);
}

TPU_REGISTER(register_op(binary({.name = "Div",
                                 .summary = "a / b, towards zero for integers",
                                 .evaluate = evaluate_div,
                                 .work = work_div})) &&
             register_onnx_twin("Div"));

}  // namespace
}  // namespace tpuscope
