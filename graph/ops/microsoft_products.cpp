// Convolutions and products as ONNX Runtime's optimisers write them: with an activation or a sum
// after them, transposed operands, channels last. Each is taken apart into ops of ours.

#include <fmt/core.h>

#include "graph/ops/by_name.h"
#include "graph/ops/microsoft_activations.h"

namespace tpuscope {
namespace {

std::optional<Value> optional_input(const OnnxNode& node, std::size_t i) {
  return node.has_input(i) ? node.inputs[i] : std::nullopt;
}

/// x, weight, bias, and a tensor that is added before the activation.
OnnxValues translate_fused_conv(OnnxNode& node) {
  TPU_TRY(
      const std::vector<Value> conv,
      translate_onnx(node, "Conv",
                     {optional_input(node, 0), optional_input(node, 1), optional_input(node, 2)}));
  Value y = conv.front();
  if (node.has_input(3)) {
    TPU_TRY(y, node.add("Add", {}, {y, *node.inputs[3]}));
  }
  return single(fused_activation(node, y));
}

OnnxValues translate_fused_gemm(OnnxNode& node) {
  TPU_TRY(const std::vector<Value> product, translate_onnx(node, "Gemm", node.inputs));
  return single(fused_activation(node, product.front()));
}

/// alpha * A * B, either of which may be transposed.
OnnxValues translate_fused_matmul(OnnxNode& node) {
  if (node.integer("transBatchA", 0) != 0 || node.integer("transBatchB", 0) != 0) {
    return unsupported(node, "a batch between the matrix axes");
  }
  TPU_TRY(const Value a, node.input(0));
  TPU_TRY(const Value b, node.input(1));
  const bool matrices = node.type(0).rank() > 1 && node.type(1).rank() > 1;
  Value y{};
  if (matrices) {
    const Attributes attributes{{"left_transpose", node.integer("transA", 0) != 0},
                                {"right_transpose", node.integer("transB", 0) != 0}};
    TPU_TRY(y, node.add("MatMul", attributes, {a, b}));
  } else {  // vectors have no axes to swap
    TPU_TRY(const std::vector<Value> product, translate_onnx(node, "MatMul", {a, b}));
    y = product.front();
  }
  const double alpha = node.number("alpha", 1);
  if (alpha == 1) return std::vector<Value>{y};
  const Value factor = node.constant_of(HostTensor::scalar(node.graph().type(y).dtype, alpha));
  return single(node.add("Mul", {}, {y, factor}));
}

/// The weight as [out, in, ...]: exporters write [out, ..., in] for convolutions with channels
/// last, the operator's text says [out, in, ...].
Result<Value> weight_first(OnnxNode& node, Value weight, std::int64_t channels) {
  const Shape shape = node.graph().type(weight).shape;
  if (shape.size() != 4) return Error{.message = "the weight has not four axes"};
  const IntList kernel = node.integers("kernel_shape", {});
  const bool is_last =
      kernel == IntList{shape[1], shape[2]} && shape[3] * node.integer("group", 1) == channels;
  if (!is_last) return weight;
  return node.add("Permute", {{"order", IntList{0, 3, 1, 2}}}, {weight});
}

OnnxValues translate_nhwc_conv(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  TPU_TRY(Value weight, node.input(1));
  if (node.type(0).rank() != 4) return Error{.message = "the tensor has not four axes"};
  TPU_TRY(weight, weight_first(node, weight, node.type(0).shape[3]));
  TPU_TRY(const Value first, node.add("Permute", {{"order", IntList{0, 3, 1, 2}}}, {x}));
  TPU_TRY(const std::vector<Value> conv,
          translate_onnx(node, "Conv", {first, weight, optional_input(node, 2)}));
  Value y = conv.front();
  TPU_TRY(y, node.add("Permute", {{"order", IntList{0, 2, 3, 1}}}, {y}));
  if (node.has_input(3)) {
    TPU_TRY(y, node.add("Add", {}, {y, *node.inputs[3]}));
  }
  return single(fused_activation(node, y));
}

TPU_REGISTER(register_onnx("com.microsoft.FusedConv", translate_fused_conv) &&
             register_onnx("com.microsoft.FusedGemm", translate_fused_gemm) &&
             register_onnx("com.microsoft.FusedMatMul", translate_fused_matmul) &&
             register_onnx("com.microsoft.TransposeMatMul", translate_fused_matmul) &&
             register_onnx("com.microsoft.NhwcConv", translate_nhwc_conv) &&
             register_onnx("com.microsoft.NhwcFusedConv", translate_nhwc_conv));

}  // namespace
}  // namespace tpuscope
