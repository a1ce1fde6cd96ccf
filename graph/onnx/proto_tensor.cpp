// Reading TensorProto: either packed bytes, or a typed list that several element types share.

#include "graph/onnx/proto_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is read as little-endian");

constexpr std::size_t kMaxNameBytes = 512;

double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10U & 0x1F;
  const int mantissa = bits & 0x3FF;
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  if (exponent == 0x1F) {
    return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN()
                         : sign * std::numeric_limits<double>::infinity();
  }
  return exponent == 0 ? sign * std::ldexp(mantissa, -24)
                       : sign * std::ldexp(mantissa + 0x400, exponent - 25);
}

double from_bfloat(std::uint16_t bits) {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U));
}

/// Reads `values.size()` elements of type Stored from packed bytes.
template <typename Stored, typename Convert>
void read_raw(const std::string& raw, std::vector<double>& values, Convert convert) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored{};
    std::memcpy(&stored, raw.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
}

void read_raw(DType dtype, const std::string& raw, std::vector<double>& values) {
  const auto plain = [](auto stored) { return static_cast<double>(stored); };
  switch (dtype) {
    case DType::kF32:
      return read_raw<float>(raw, values, plain);
    case DType::kF64:
      return read_raw<double>(raw, values, plain);
    case DType::kF16:
      return read_raw<std::uint16_t>(raw, values, from_half);
    case DType::kBF16:
      return read_raw<std::uint16_t>(raw, values, from_bfloat);
    case DType::kI8:
      return read_raw<std::int8_t>(raw, values, plain);
    case DType::kBool:
    case DType::kU8:
      return read_raw<std::uint8_t>(raw, values, plain);
    case DType::kI16:
      return read_raw<std::int16_t>(raw, values, plain);
    case DType::kU16:
      return read_raw<std::uint16_t>(raw, values, plain);
    case DType::kI32:
      return read_raw<std::int32_t>(raw, values, plain);
    case DType::kU32:
      return read_raw<std::uint32_t>(raw, values, plain);
    case DType::kI64:
      return read_raw<std::int64_t>(raw, values, plain);
    case DType::kU64:
      return read_raw<std::uint64_t>(raw, values, plain);
  }
  unreachable();
}

/// The typed list that holds values of `dtype`, when raw_data does not.
std::vector<double> read_typed(DType dtype, const onnx::TensorProto& proto) {
  const auto copied = [](const auto& list) {
    std::vector<double> values;
    values.reserve(static_cast<std::size_t>(list.size()));
    for (const auto value : list)
      values.push_back(static_cast<double>(value));
    return values;
  };
  switch (dtype) {
    case DType::kF32:
      return copied(proto.float_data());
    case DType::kF64:
      return copied(proto.double_data());
    case DType::kI64:
      return copied(proto.int64_data());
    case DType::kU32:
    case DType::kU64:
      return copied(proto.uint64_data());
    default:
      break;  // everything of at most 32 bits
  }
  std::vector<double> values = copied(proto.int32_data());
  if (dtype == DType::kF16 || dtype == DType::kBF16) {  // stored as bit patterns
    for (double& value : values) {
      const auto bits = static_cast<std::uint16_t>(static_cast<std::int32_t>(value));
      value = dtype == DType::kF16 ? from_half(bits) : from_bfloat(bits);
    }
  }
  return values;
}

}  // namespace

std::optional<DType> dtype_of_onnx(std::int32_t data_type) {
  switch (data_type) {
    case onnx::TensorProto::FLOAT:
      return DType::kF32;
    case onnx::TensorProto::FLOAT16:
      return DType::kF16;
    case onnx::TensorProto::BFLOAT16:
      return DType::kBF16;
    case onnx::TensorProto::DOUBLE:
      return DType::kF64;
    case onnx::TensorProto::INT8:
      return DType::kI8;
    case onnx::TensorProto::UINT8:
      return DType::kU8;
    case onnx::TensorProto::INT16:
      return DType::kI16;
    case onnx::TensorProto::UINT16:
      return DType::kU16;
    case onnx::TensorProto::INT32:
      return DType::kI32;
    case onnx::TensorProto::UINT32:
      return DType::kU32;
    case onnx::TensorProto::INT64:
      return DType::kI64;
    case onnx::TensorProto::UINT64:
      return DType::kU64;
    case onnx::TensorProto::BOOL:
      return DType::kBool;
    default:
      return std::nullopt;
  }
}

std::string onnx_type_name(std::int32_t data_type) {
  if (!onnx::TensorProto::DataType_IsValid(data_type)) return std::to_string(data_type);
  return onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(data_type));
}

Result<TensorType> type_of_proto(const onnx::TensorProto& proto) {
  const std::optional<DType> dtype = dtype_of_onnx(proto.data_type());
  const std::string where = printable_name(proto.name());
  if (!dtype) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("tensors of type {} are not supported",
                                        onnx_type_name(proto.data_type())),
                 .where = where};
  }
  TensorType type{*dtype, Shape(proto.dims().begin(), proto.dims().end())};
  TPU_TRY_STATUS(with_location(check_shape(type.shape), where));
  return type;
}

Result<std::optional<HostTensor>> values_of_proto(const onnx::TensorProto& proto) {
  TPU_TRY(TensorType type, type_of_proto(proto));
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) return std::optional<HostTensor>();
  const auto wrong_amount = [&](std::int64_t held, std::int64_t needed, std::string_view unit) {
    return Error{.message = fmt::format("the tensor holds {} {}, its type {} needs {}", held, unit,
                                        type_text(type), needed),
                 .where = printable_name(proto.name()),
                 .hint = "the file is damaged"};
  };
  HostTensor tensor{type, {}};
  if (!proto.raw_data().empty()) {
    const auto held = static_cast<std::int64_t>(proto.raw_data().size());
    if (held != type.bytes()) return wrong_amount(held, type.bytes(), "bytes");
    tensor.values.resize(static_cast<std::size_t>(type.elements()));
    read_raw(type.dtype, proto.raw_data(), tensor.values);
  } else {
    tensor.values = read_typed(type.dtype, proto);
    // Tools that strip weights leave nothing at all behind: that is a tensor of unknown values.
    if (tensor.values.empty() && type.elements() > 0) return std::optional<HostTensor>();
    if (tensor.elements() != type.elements()) {
      return wrong_amount(tensor.elements(), type.elements(), "elements");
    }
  }
  tensor.round();
  return std::optional<HostTensor>(std::move(tensor));
}

std::string printable_name(std::string_view name) {
  return elide_middle(sanitised_utf8(name.substr(0, 4 * kMaxNameBytes)), kMaxNameBytes);
}

}  // namespace tpuscope
