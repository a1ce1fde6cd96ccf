// Sqrt: x * rsqrt(x), with two selects that keep zero and infinity as they are.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double sqrt_of(double x) {
  return std::sqrt(x);
}

Work work(const OpView& op) {
  return vector_work(op, {{WorkUnit::kRsqrt, 1}, {WorkUnit::kArith, 3}});
}

[[maybe_unused]] const bool registered = register_op(unary({.name = "Sqrt",
                                                            .summary = "square root",
                                                            .evaluate = evaluate_each<sqrt_of>,
                                                            .work = work})) &&
                                         register_onnx_twin("Sqrt");

}  // namespace
}  // namespace tpuscope
