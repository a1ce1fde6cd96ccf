// Rsqrt: what the machine has in place of a square root. ONNX has no such operator: rewrites make
// it.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double rsqrt_of(double x) {
  return 1 / std::sqrt(x);
}

[[maybe_unused]] const bool registered = register_op(unary({.name = "Rsqrt",
                                                            .summary = "1 / sqrt(x)",
                                                            .evaluate = evaluate_each<rsqrt_of>,
                                                            .work = one_pass<WorkUnit::kRsqrt>}));

}  // namespace
}  // namespace tpuscope
