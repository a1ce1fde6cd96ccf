// MeanVarianceNormalization of ONNX has no op of ours: it becomes the reductions and arithmetic
// that its standard defines it by.

#include "graph/onnx/node.h"

namespace tpuscope {
namespace {

OnnxValues translate_mean_variance(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const DType dtype = node.type(0).dtype;
  const Attributes mean_of{{"mode", std::string("mean")},
                           {"axes", node.integers("axes", {0, 2, 3})},
                           {"keepdims", true}};
  TPU_TRY(const Value mean, node.add("Reduce", mean_of, {x}));
  TPU_TRY(const Value centred, node.add("Sub", {}, {x, mean}));
  TPU_TRY(const Value square, node.add("Mul", {}, {centred, centred}));
  TPU_TRY(const Value variance, node.add("Reduce", mean_of, {square}));
  TPU_TRY(const Value deviation, node.add("Sqrt", {}, {variance}));
  const Value epsilon = node.constant_of(HostTensor::scalar(dtype, 1e-9));
  TPU_TRY(const Value divisor, node.add("Add", {}, {deviation, epsilon}));
  return single(node.add("Div", {}, {centred, divisor}));
}

TPU_REGISTER(register_onnx("MeanVarianceNormalization", translate_mean_variance));

}  // namespace
}  // namespace tpuscope
