// LeakyRelu: a product, then a select by sign.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

Result<std::vector<HostTensor>> evaluate_leaky_relu(const OpView& op,
                                                    std::span<const HostTensor> inputs) {
  const double alpha = op.attrs().number("alpha");
  return map_each(op, inputs, [alpha](double x) { return x < 0 ? alpha * x : x; });
}

Work work_leaky_relu(const OpView& op) {
  return vector_work(op, {{WorkUnit::kArith, 1}, {WorkUnit::kCompare, 1}});
}

TPU_REGISTER(register_op(unary({.name = "LeakyRelu",
                                .summary = "x for x >= 0, alpha * x below",
                                .attributes = {{"alpha", 0.01, "slope below zero"}},
                                .evaluate = evaluate_leaky_relu,
                                .work = work_leaky_relu})) &&
             register_onnx_twin("LeakyRelu"));

}  // namespace
}  // namespace tpuscope
