// Sqrt: x * rsqrt(x), with two selects that keep zero and infinity as they are.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double sqrt_of(double x) {
  return std::sqrt(x);
}

Work work_sqrt(const OpView& op) {
  return vector_work(
      op, {{WorkUnit::kRsqrt, 1}, {WorkUnit::kCompare, 2}, {WorkUnit::kArith, 1, kInPlace}});
}

TPU_REGISTER(register_op(unary({.name = "Sqrt",
                                .summary = "square root",
                                .evaluate = evaluate_each<sqrt_of>,
                                .work = work_sqrt})) &&
             register_onnx_twin("Sqrt"));

}  // namespace
}  // namespace tpuscope
