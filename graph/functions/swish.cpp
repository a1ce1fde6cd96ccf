// Swish (operator set 24) and SwiGLU (28): Silu, or x * Sigmoid(alpha * x) for other slopes.

#include "graph/functions/steps.h"

namespace tpuscope {
namespace {

Result<Value> swish_of(OnnxNode& node, Value x) {
  const double alpha = node.number("alpha", 1);
  if (alpha == 1) return node.add("Silu", {}, {x});
  TPU_TRY(const Value steep, scaled(node, x, alpha));
  TPU_TRY(const Value gate, node.add("Sigmoid", {}, {steep}));
  return node.add("Mul", {}, {x, gate});
}

OnnxValues translate_swish(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  return single(swish_of(node, x));
}

OnnxValues translate_swiglu(OnnxNode& node) {
  TPU_TRY(const Value gate, node.input(0));
  TPU_TRY(const Value linear, node.input(1));
  TPU_TRY(const Value y, swish_of(node, gate));
  return single(node.add("Mul", {}, {y, linear}));
}

TPU_REGISTER(register_onnx("Swish", translate_swish) && register_onnx("SwiGLU", translate_swiglu));

}  // namespace
}  // namespace tpuscope
