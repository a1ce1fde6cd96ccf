// Types that an ONNX file declares. Strict for inputs, since all shapes follow from them; lenient
// for other tensors, whose types our shape rules know better.

#include "graph/onnx/interface.h"

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

std::string extent_text(const onnx::TensorShapeProto::Dimension& dimension) {
  if (dimension.has_dim_value()) return std::to_string(dimension.dim_value());
  return dimension.dim_param().empty() ? "?" : printable_name(dimension.dim_param());
}

}  // namespace

Result<DType> input_dtype(const onnx::ValueInfoProto& input) {
  if (!input.type().has_tensor_type()) {
    return Error{
        .code = ErrorCode::kUnsupported,
        .message = "an input must be a dense tensor, not a sequence, map or sparse tensor"};
  }
  const std::int32_t element = input.type().tensor_type().elem_type();
  const std::optional<DType> dtype = dtype_of_onnx(element);
  if (dtype) return *dtype;
  return Error{
      .code = ErrorCode::kUnsupported,
      .message = fmt::format("inputs of type {} are not supported", onnx_type_name(element))};
}

DeclaredTypes declared_types(const onnx::GraphProto& graph) {
  DeclaredTypes types;
  for (const auto* list : {&graph.value_info(), &graph.output()}) {
    for (const onnx::ValueInfoProto& info : *list) {
      if (info.type().has_tensor_type()) types.insert_or_assign(info.name(), &info.type());
    }
  }
  return types;
}

bool agrees(const TensorType& inferred, const onnx::TypeProto& declared) {
  const onnx::TypeProto::Tensor& tensor = declared.tensor_type();
  if (tensor.elem_type() != onnx::TensorProto::UNDEFINED &&
      dtype_of_onnx(tensor.elem_type()) != inferred.dtype) {
    return false;
  }
  if (!tensor.has_shape()) return true;
  if (static_cast<std::size_t>(tensor.shape().dim_size()) != inferred.rank()) return false;
  for (std::size_t axis = 0; axis < inferred.rank(); ++axis) {
    const auto& dimension = tensor.shape().dim(static_cast<int>(axis));
    const bool fixed = dimension.has_dim_value() && dimension.dim_value() > 0;
    if (fixed && dimension.dim_value() != inferred.shape[axis]) return false;
  }
  return true;
}

std::string declared_text(const onnx::TypeProto& declared) {
  const onnx::TypeProto::Tensor& tensor = declared.tensor_type();
  const std::optional<DType> dtype = dtype_of_onnx(tensor.elem_type());
  std::string text = dtype ? std::string(name_of(*dtype)) : onnx_type_name(tensor.elem_type());
  if (!tensor.has_shape()) return text;
  std::vector<std::string> extents;
  for (const auto& dimension : tensor.shape().dim())
    extents.push_back(extent_text(dimension));
  return text + "[" + join(extents, ",") + "]";
}

}  // namespace tpuscope
