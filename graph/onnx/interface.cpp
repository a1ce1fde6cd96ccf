// Types that an ONNX file declares. Strict for inputs, since all shapes follow from them; lenient
// for other tensors, whose types our shape rules know better.

#include "graph/onnx/interface.h"

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

Result<DType> input_dtype(const onnx::ValueInfoProto& input) {
  const std::string where = printable_name(input.name());
  if (!input.type().has_tensor_type()) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = "an input must be a dense tensor, not a sequence, map or sparse tensor",
                 .where = where};
  }
  const std::int32_t element = input.type().tensor_type().elem_type();
  const std::optional<DType> dtype = dtype_of_onnx(element);
  if (dtype) return *dtype;
  return Error{
      .code = ErrorCode::kUnsupported,
      .message = fmt::format("inputs of type {} are not supported", onnx_type_name(element)),
      .where = where};
}

std::string extent_text(const onnx::TensorShapeProto::Dimension& dimension) {
  if (dimension.has_dim_value()) return std::to_string(dimension.dim_value());
  return dimension.dim_param().empty() ? "?" : printable_name(dimension.dim_param());
}

}  // namespace

Result<TensorType> input_type(const onnx::ValueInfoProto& input) {
  TPU_TRY(const DType dtype, input_dtype(input));
  const std::string where = printable_name(input.name());
  const std::string hint = "export the model with fixed shapes";
  if (!input.type().tensor_type().has_shape()) {
    return Error{.message = fmt::format("input {} has no shape", in_quotes(where)),
                 .where = where,
                 .hint = hint};
  }
  TensorType type{dtype, {}};
  for (const auto& dimension : input.type().tensor_type().shape().dim()) {
    const std::size_t axis = type.rank();
    if (!dimension.has_dim_value()) {
      return Error{.message = fmt::format("axis {} of input {} is dynamic ({})", axis,
                                          in_quotes(where), in_quotes(extent_text(dimension))),
                   .where = where,
                   .hint = hint};
    }
    if (dimension.dim_value() <= 0) {
      return Error{.message = fmt::format("axis {} of input {} has extent {}", axis,
                                          in_quotes(where), dimension.dim_value()),
                   .where = where,
                   .hint = hint};
    }
    type.shape.push_back(dimension.dim_value());
  }
  TPU_TRY_STATUS(with_location(check_shape(type.shape), where));
  return type;
}

Result<TensorType> bound_input_type(const onnx::ValueInfoProto& input, const Shape& shape) {
  TPU_TRY(const DType dtype, input_dtype(input));
  TensorType type{dtype, shape};
  if (!agrees(type, input.type())) {
    return Error{.message = fmt::format("the bound value has type {}, the input is {}",
                                        type_text(type), declared_text(input.type())),
                 .where = printable_name(input.name())};
  }
  return type;
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
