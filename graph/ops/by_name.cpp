// Translations of ONNX nodes that several operators share: see by_name.h.

#include "graph/ops/by_name.h"

#include <algorithm>

#include <fmt/core.h>

#include "graph/onnx/proto_tensor.h"
#include "graph/onnx/proto_values.h"

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

OnnxValues translate_onnx(OnnxNode& node, std::string_view op_type,
                          std::vector<std::optional<Value>> inputs) {
  const OnnxTranslation* translation = OnnxRegistry::instance().find(op_type);
  TPU_CHECK(translation != nullptr, "no translation of {}", op_type);
  OnnxNode inner = node;
  inner.op_type = std::string(op_type);
  inner.opset = kOnnxOpset;
  inner.input_names.assign(inputs.size(), node.name);
  inner.inputs = std::move(inputs);
  TPU_TRY(std::vector<Value> values, translation->translate(inner));
  if (!inner.attribute_errors().empty()) return inner.attribute_errors();
  return values;
}

Attributes stated_attributes(const OnnxEmission& out) {
  Attributes attributes;
  for (const AttributeDef& def : out.op().def->attributes) {
    const AttributeValue* value = out.attrs().find(def.name);
    if (def.is_ours || value == nullptr) continue;
    const auto* integers = std::get_if<IntList>(value);
    if (integers == nullptr || !integers->empty()) attributes.set(std::string(def.name), *value);
  }
  return attributes;
}

Status emit_as(OnnxEmission& out, std::string_view op_type) {
  return out.finish(op_type, out.inputs(), stated_attributes(out));
}

Status emit_by_name(OnnxEmission& out) {
  return emit_as(out, out.op().def->name);
}

Error unsupported(const OnnxNode& node, std::string_view what) {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("{} with {} is not supported", node.op_type, what)};
}

Result<DType> dtype_from_onnx(std::int64_t number) {
  const auto data_type = static_cast<std::int32_t>(number);
  if (const std::optional<DType> dtype = dtype_of_onnx(data_type)) return *dtype;
  return Error{
      .code = ErrorCode::kUnsupported,
      .message = fmt::format("element type {} is not supported", onnx_type_name(data_type))};
}

std::int64_t onnx_from_dtype(DType dtype) {
  return onnx_of_dtype(dtype);
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
  const std::int64_t budget = node.fold_budget == nullptr ? kMaxFilledElements : *node.fold_budget;
  if (type.elements() <= std::min(kMaxFilledElements, budget)) {
    if (node.fold_budget != nullptr) *node.fold_budget -= type.elements();
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

bool register_onnx_twin(std::string_view name) {
  return register_onnx(name, translate_by_name) && register_onnx_emission(name, emit_by_name);
}

}  // namespace tpuscope
