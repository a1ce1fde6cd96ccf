// Add. ONNX Sum is a chain of it, ONNX Mean a chain and a product.

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double add_of(double a, double b) {
  return a + b;
}

OnnxValues translate_sum(OnnxNode& node) {
  return translate_chain(node, "Add");
}

OnnxValues translate_mean(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> sum, translate_chain(node, "Add"));
  const double share = 1.0 / static_cast<double>(node.inputs.size());
  const DType dtype = node.graph().type(sum[0]).dtype;
  const Value factor = node.constant_of(HostTensor::scalar(dtype, share));
  return single(node.add("Mul", {}, {sum[0], factor}));
}

[[maybe_unused]] const bool registered =
    register_op(binary({.name = "Add",
                        .summary = "a + b",
                        .evaluate = evaluate_pairs<add_of>,
                        .work = one_pass<WorkUnit::kArith>})) &&
    register_onnx_twin("Add") && register_onnx("Sum", translate_sum) &&
    register_onnx("Mean", translate_mean);

}  // namespace
}  // namespace tpuscope
