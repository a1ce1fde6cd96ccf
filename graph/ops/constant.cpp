// Constant: import only, a Weight here.

#include "graph/ops/by_name.h"

namespace tpuscope {
namespace {

HostTensor list_of(DType dtype, std::vector<double> values) {
  const auto extent = static_cast<std::int64_t>(values.size());
  return {{dtype, {extent}}, std::move(values)};
}

OnnxValues translate_constant(OnnxNode& node) {
  if (const auto tensor = node.tensors.find("value"); tensor != node.tensors.end()) {
    return std::vector<Value>{node.constant_of(tensor->second)};
  }
  if (const auto type = node.unknown_tensors.find("value"); type != node.unknown_tensors.end()) {
    return std::vector<Value>{node.constant_of(type->second)};
  }
  if (const AttributeValue* given = node.attributes.find("value_int")) {
    if (const auto* value = std::get_if<std::int64_t>(given)) {
      const auto number = static_cast<double>(*value);
      return std::vector<Value>{node.constant_of(HostTensor::scalar(DType::kI64, number))};
    }
  }
  if (const AttributeValue* given = node.attributes.find("value_float")) {
    if (const auto* value = std::get_if<double>(given)) {
      return std::vector<Value>{node.constant_of(HostTensor::scalar(DType::kF32, *value))};
    }
  }
  if (const AttributeValue* given = node.attributes.find("value_ints")) {
    if (const auto* values = std::get_if<IntList>(given)) {
      return std::vector<Value>{node.constant_of(HostTensor::integers(*values))};
    }
  }
  if (const AttributeValue* given = node.attributes.find("value_floats")) {
    if (const auto* values = std::get_if<FloatList>(given)) {
      return std::vector<Value>{node.constant_of(list_of(DType::kF32, *values))};
    }
  }
  return unsupported(node, "neither a tensor nor numbers");
}

TPU_REGISTER(register_onnx("Constant", translate_constant));

}  // namespace
}  // namespace tpuscope
