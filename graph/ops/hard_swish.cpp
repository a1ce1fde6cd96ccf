// HardSwish: the four instructions of HardSigmoid and a product.

#include <algorithm>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double hard_swish_of(double x) {
  return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
}

Work work_hard_swish(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 5}});
}

TPU_REGISTER(register_op(unary({.name = "HardSwish",
                                .summary = "x * max(0, min(1, x / 6 + 1 / 2))",
                                .evaluate = evaluate_each<hard_swish_of>,
                                .work = work_hard_swish})) &&
             register_onnx_twin("HardSwish"));

}  // namespace
}  // namespace tpuscope
