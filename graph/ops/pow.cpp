// Pow: e^(b ln a). The exponent may have another element type; the result has that of the base.

#include <cmath>

#include "graph/ops/elementwise.h"

namespace tpuscope {
namespace {

double power(double a, double b) {
  return std::pow(a, b);
}

Result<std::vector<TensorType>> infer_pow(const OpView& op) {
  TPU_TRY(const Shape shape, broadcast(op.input(0).shape, op.input(1).shape));
  return std::vector<TensorType>{{op.input(0).dtype, shape}};
}

Work work_pow(const OpView& op) {
  return vector_work(op, {{WorkUnit::kLog, 1}, {WorkUnit::kArith, 1}, {WorkUnit::kExp, 1}});
}

/// Squares are products and square roots an op of their own, as the vendor's compiler has them.
OnnxValues translate_pow(OnnxNode& node) {
  const Result<HostTensor> exponent = node.constant(1);
  if (exponent.ok() && exponent->values.size() == 1 && node.has_input(0)) {
    TPU_TRY(const Value x, node.input(0));
    const bool is_number =
        exponent->shape().empty() || node.type(0).rank() >= exponent->shape().size();
    if (is_number && is_float(node.type(0).dtype)) {
      if (exponent->values[0] == 2) return single(node.add("Mul", {}, {x, x}));
      if (exponent->values[0] == 0.5) return single(node.add("Sqrt", {}, {x}));
    }
  }
  return translate_by_name(node);
}

TPU_REGISTER(register_op(binary({.name = "Pow",
                                 .summary = "a to the power of b",
                                 .infer = infer_pow,
                                 .evaluate = evaluate_pairs<power>,
                                 .work = work_pow})) &&
             register_onnx("Pow", translate_pow) && register_onnx_emission("Pow", emit_by_name));

}  // namespace
}  // namespace tpuscope
