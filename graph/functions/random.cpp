// Random numbers. No command of the machine draws any: they are written to memory before the run,
// as a weight is, so the operators become constants of unknown values.

#include <fmt/core.h>

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

/// A constant of the node's attribute `dtype`, or else of `fallback`.
OnnxValues drawn(OnnxNode& node, const Shape& shape, DType fallback) {
  TensorType type{fallback, shape};
  if (const std::int64_t given = node.integer("dtype", 0); given != 0) {
    TPU_TRY(type.dtype, dtype_from_onnx(given));
  }
  TPU_TRY_STATUS(check_shape(type.shape));
  return std::vector<Value>{node.constant_of(type)};
}

/// RandomNormal, RandomUniform: the shape is an attribute.
OnnxValues translate_random(OnnxNode& node) {
  return drawn(node, node.integers("shape", {}), DType::kF32);
}

/// RandomNormalLike, RandomUniformLike: the shape and, unless stated, the type are the input's.
OnnxValues translate_random_like(OnnxNode& node) {
  TPU_TRY([[maybe_unused]] const Value x, node.input(0));
  const TensorType type = node.type(0);
  return drawn(node, type.shape, is_float(type.dtype) ? type.dtype : DType::kF32);
}

/// 1 with the probability that the input states, else 0.
OnnxValues translate_bernoulli(OnnxNode& node) {
  TPU_TRY(const Value x, node.input(0));
  const TensorType type = node.type(0);
  const Value number = node.constant_of(type);
  DType to = type.dtype;
  if (const std::int64_t given = node.integer("dtype", 0); given != 0) {
    TPU_TRY(to, dtype_from_onnx(given));
  }
  TPU_TRY(const Value hit, node.add("Less", {}, {number, x}));
  return single(node.add("Cast", {{"to", std::string(name_of(to))}}, {hit}));
}

TPU_REGISTER(register_onnx("RandomNormal", translate_random) &&
             register_onnx("RandomUniform", translate_random) &&
             register_onnx("RandomNormalLike", translate_random_like) &&
             register_onnx("RandomUniformLike", translate_random_like) &&
             register_onnx("Bernoulli", translate_bernoulli));

}  // namespace
}  // namespace tpuscope
