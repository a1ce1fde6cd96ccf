// Add. ONNX Sum is a chain of it, ONNX Mean a chain and a product.

#include "graph/ops/elementwise.h"
#include "graph/ops/fused_relu.h"

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

TPU_REGISTER(register_op(binary({.name = "Add",
                                 .summary = "a + b",
                                 .attributes = with_relu({}),
                                 .evaluate = evaluate_with_relu<evaluate_pairs<add_of>>,
                                 .work = work_with_relu<scaled_sum_work>})) &&
             register_onnx("Add", translate_by_name) &&
             register_onnx_emission("Add", emit_with_relu) && register_onnx("Sum", translate_sum) &&
             register_onnx("Mean", translate_mean));

}  // namespace
}  // namespace tpuscope
