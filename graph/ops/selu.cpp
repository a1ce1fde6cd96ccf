// Selu: Elu with both branches scaled; the scale of the lower one folds into alpha.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_selu(const OpView& op,
                                              std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  const double gamma = op.attrs().number("gamma");
  return map_each(op, inputs,
                  [alpha, gamma](double x) { return gamma * (x < 0 ? alpha * std::expm1(x) : x); });
}

Work work_selu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kExp, 1},
                          {WorkUnit::kArith, 1, kInPlace},
                          {WorkUnit::kArith, 2},
                          {WorkUnit::kCompare, 1}});
}

TPU_REGISTER(register_op(unary({.name = "Selu",
                                .summary = "gamma times Elu with alpha",
                                .attributes = {{"alpha", 1.67326319217681884765625,
                                                "limit below zero before scaling, negated"},
                                               {"gamma", 1.05070102214813232421875, "scale"}},
                                .evaluate = evaluate_selu,
                                .work = work_selu})) &&
             register_onnx_twin("Selu"));

}  // namespace
}  // namespace tpuscope
