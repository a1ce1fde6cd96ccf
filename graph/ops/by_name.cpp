#include "graph/ops/by_name.h"

#include <fmt/core.h>

namespace tpuscope {
namespace {

/// Constants above this many elements stay without values: nothing that shapes depend on is larger.
constexpr std::int64_t kMaxFilledElements = std::int64_t{1} << 20;

}  // namespace

OnnxValues translate_by_name(OnnxNode& node) {
  return translate_as(node, node.op_type);
}

OnnxValues translate_as(OnnxNode& node, std::string_view type) {
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  const OpDef* def = OpRegistry::instance().find(type);
  TPU_CHECK(def != nullptr, "no op {}", type);
  Attributes attributes;
  for (const AttributeDef& row : def->attributes) {
    if (const AttributeValue* given = node.attributes.find(row.name)) {
      attributes.set(std::string(row.name), *given);
    }
  }
  return single(node.add(type, std::move(attributes), inputs));
}

OnnxValues translate_chain(OnnxNode& node, std::string_view type) {
  TPU_TRY(const std::vector<Value> inputs, node.all_inputs());
  TPU_TRY(Value folded, node.input(0));
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    TPU_TRY(folded, node.add(type, {}, {folded, inputs[i]}));
  }
  return std::vector<Value>{folded};
}

Error unsupported(const OnnxNode& node, std::string_view what) {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("{} with {} is not supported", node.op_type, what),
          .where = node.name};
}

Result<DType> dtype_from_onnx(std::int64_t number) {
  switch (number) {
    case 1:
      return DType::kF32;
    case 2:
      return DType::kU8;
    case 3:
      return DType::kI8;
    case 4:
      return DType::kU16;
    case 5:
      return DType::kI16;
    case 6:
      return DType::kI32;
    case 7:
      return DType::kI64;
    case 9:
      return DType::kBool;
    case 10:
      return DType::kF16;
    case 11:
      return DType::kF64;
    case 12:
      return DType::kU32;
    case 13:
      return DType::kU64;
    case 16:
      return DType::kBF16;
    default:
      return Error{.code = ErrorCode::kUnsupported,
                   .message = fmt::format("ONNX element type {} is not supported", number)};
  }
}

Result<std::optional<IntList>> list_by_opset(const OnnxNode& node, std::string_view name,
                                             std::size_t operand) {
  if (node.has(name)) return std::optional<IntList>{node.integers(name, {})};
  if (!node.has_input(operand)) return std::optional<IntList>{};
  TPU_TRY(IntList values, node.integers(operand));
  return std::optional<IntList>{std::move(values)};
}

Result<Value> filled_constant(OnnxNode& node, const TensorType& type, double value) {
  TPU_TRY_STATUS(check_shape(type.shape));
  if (type.elements() <= kMaxFilledElements) {
    HostTensor tensor = HostTensor::zeros(type);
    for (double& element : tensor.values)
      element = rounded_to(type.dtype, value);
    return node.constant_of(std::move(tensor));
  }
  TPU_TRY(
      const OpId weight,
      node.graph().add({.type = "Weight",
                        .name = node.output_names.empty() ? node.name : node.output_names.front(),
                        .origin = {node.name},
                        .result_types = {type}},
                       {}));
  return Value{weight, 0};
}

}  // namespace tpuscope
