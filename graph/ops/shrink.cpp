// Shrink: two comparisons, two shifts and two selects.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_shrink(const OpView& op,
                                                std::span<const HostTensor> inputs) {
  const double bias = op.attrs().number("bias");
  const double lambd = op.attrs().number("lambd");
  return map_each(op, inputs, [bias, lambd](double x) {
    return x < -lambd ? x + bias : x > lambd ? x - bias : 0.0;
  });
}

Work work_shrink(const OpView& op) {
  return vector_work(op, {{WorkUnit::kCompare, 2}, {WorkUnit::kArith, 4}});
}

TPU_REGISTER(register_op(unary({.name = "Shrink",
                                .summary = "x + bias below -lambd, x - bias above lambd, 0 between",
                                .attributes = {{"bias", 0.0, "shift towards zero"},
                                               {"lambd", 0.5, "half width of the zero band"}},
                                .evaluate = evaluate_shrink,
                                .work = work_shrink})) &&
             register_onnx_twin("Shrink"));

}  // namespace
}  // namespace tpuscope
