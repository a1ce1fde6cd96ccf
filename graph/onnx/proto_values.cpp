// Writing TensorProto: see proto_values.h.

#include "graph/onnx/proto_values.h"

#include <bit>
#include <cstring>

#include <fmt/core.h>

#include "base/check.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is written as little-endian");

template <typename Stored>
void write_raw(const std::vector<double>& values, std::string& raw) {
  raw.resize(values.size() * sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto stored = static_cast<Stored>(values[i]);
    std::memcpy(raw.data() + i * sizeof(Stored), &stored, sizeof(Stored));
  }
}

void write_raw(DType dtype, const std::vector<double>& values, std::string& raw) {
  switch (dtype) {
    case DType::kF32:
      return write_raw<float>(values, raw);
    case DType::kF64:
      return write_raw<double>(values, raw);
    case DType::kI8:
      return write_raw<std::int8_t>(values, raw);
    case DType::kBool:
    case DType::kU8:
      return write_raw<std::uint8_t>(values, raw);
    case DType::kI16:
      return write_raw<std::int16_t>(values, raw);
    case DType::kU16:
      return write_raw<std::uint16_t>(values, raw);
    case DType::kI32:
      return write_raw<std::int32_t>(values, raw);
    case DType::kU32:
      return write_raw<std::uint32_t>(values, raw);
    case DType::kI64:
      return write_raw<std::int64_t>(values, raw);
    case DType::kU64:
      return write_raw<std::uint64_t>(values, raw);
    default:
      unreachable();
  }
}

}  // namespace

void set_proto_type(onnx::TensorProto& proto, const TensorType& type) {
  proto.set_data_type(onnx_of_dtype(type.dtype));
  for (const std::int64_t extent : type.shape)
    proto.add_dims(extent);
}

void set_values(onnx::TensorProto& proto, const HostTensor& tensor) {
  set_proto_type(proto, tensor.type);
  write_raw(tensor.type.dtype, tensor.values, *proto.mutable_raw_data());
}

}  // namespace tpuscope
