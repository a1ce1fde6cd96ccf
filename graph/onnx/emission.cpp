// OnnxEmission: names and places of what an op's emission adds.

#include "graph/onnx/emission.h"

#include <fmt/core.h>

#include "graph/onnx/builder.h"

namespace tpuscope {

DType written_dtype(DType dtype) {
  if (dtype == DType::kI4 || dtype == DType::kI2) return DType::kI8;
  if (dtype == DType::kU4 || dtype == DType::kU2) return DType::kU8;
  const bool is_small_float = is_float(dtype) && is_packed(dtype);
  return dtype == DType::kF16 || dtype == DType::kBF16 || is_small_float ? DType::kF32 : dtype;
}

OnnxEmission::OnnxEmission(OnnxBuilder& builder, const Op& op, OpView view,
                           std::vector<std::string> inputs, std::vector<std::string> results)
    : builder_(&builder),
      op_(&op),
      view_(std::move(view)),
      inputs_(std::move(inputs)),
      results_(std::move(results)) {}

std::string OnnxEmission::add(std::string_view op_type, const std::vector<std::string>& inputs,
                              const Attributes& attributes) {
  std::string result = builder_->take_name(results_.front() + "." + std::string(op_type));
  builder_->add_node(op_type, op_->name + "." + std::string(op_type), inputs, {result}, attributes);
  return result;
}

Status OnnxEmission::finish(std::string_view op_type, const std::vector<std::string>& inputs,
                            const Attributes& attributes) {
  builder_->add_node(op_type, op_->name, inputs, results_, attributes);
  return Ok{};
}

std::string OnnxEmission::constant(const HostTensor& tensor) {
  std::string name = builder_->take_name(results_.front() + ".constant");
  builder_->add_values(name, tensor);
  return name;
}

std::string OnnxEmission::scalar(double value) {
  return constant(HostTensor::scalar(view_.input(0).dtype, value));
}

Error OnnxEmission::unsupported(std::string_view what) const {
  return {.code = ErrorCode::kUnsupported,
          .message = fmt::format("{} with {} has no form in ONNX opset {}", op_->def->name, what,
                                 kOnnxOpset),
          .where = op_->name};
}

bool register_onnx_emission(std::string_view type, Status (*emit)(OnnxEmission& out)) {
  return OnnxWritingRegistry::instance().add({type, emit});
}

}  // namespace tpuscope
