// Tensors of an ONNX file as tensors of ours. The only thing that knows the many places in which
// TensorProto may hold its values.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "graph/host_tensor.h"

namespace tpuscope {

/// The element type; empty for those that we do not model: strings, complex numbers.
std::optional<DType> dtype_of_onnx(std::int32_t data_type);
/// The number that ONNX gives the element type.
std::int32_t onnx_of_dtype(DType dtype);
/// "STRING", or the number when ONNX does not know it.
std::string onnx_type_name(std::int32_t data_type);

/// Type and shape, checked for sense.
Result<TensorType> type_of_proto(const onnx::TensorProto& proto);

/// Bytes that the tensor's values take in a file.
Result<std::int64_t> bytes_in_file(const onnx::TensorProto& proto);

/// Values, rounded to the element type; empty when the file does not hold them (external data).
/// An error when it holds the wrong number of them.
Result<std::optional<HostTensor>> values_of_proto(const onnx::TensorProto& proto);

/// A name from the file in a form that is safe to print: UTF-8 without control characters, and
/// never longer than a screen.
std::string printable_name(std::string_view name);

}  // namespace tpuscope
