// Reading TensorProto: either packed bytes, or a typed list that several element types share.

#include "graph/onnx/proto_tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/core.h>

#include "base/text.h"
#include "base/units.h"

namespace tpuscope {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is read as little-endian");

constexpr std::size_t kMaxNameBytes = 512;

/// TensorProto.DataType. The headers of the ONNX library that we build with end at BFLOAT16.
struct OnnxType {
  std::int32_t number;
  DType dtype;
  std::string_view name;
};
constexpr OnnxType kOnnxTypes[] = {
    {1, DType::kF32, "FLOAT"},
    {2, DType::kU8, "UINT8"},
    {3, DType::kI8, "INT8"},
    {4, DType::kU16, "UINT16"},
    {5, DType::kI16, "INT16"},
    {6, DType::kI32, "INT32"},
    {7, DType::kI64, "INT64"},
    {9, DType::kBool, "BOOL"},
    {10, DType::kF16, "FLOAT16"},
    {11, DType::kF64, "DOUBLE"},
    {12, DType::kU32, "UINT32"},
    {13, DType::kU64, "UINT64"},
    {16, DType::kBF16, "BFLOAT16"},
    {17, DType::kF8E4M3, "FLOAT8E4M3FN"},
    {18, DType::kF8E4M3Fnuz, "FLOAT8E4M3FNUZ"},
    {19, DType::kF8E5M2, "FLOAT8E5M2"},
    {20, DType::kF8E5M2Fnuz, "FLOAT8E5M2FNUZ"},
    {21, DType::kU4, "UINT4"},
    {22, DType::kI4, "INT4"},
    {23, DType::kF4E2M1, "FLOAT4E2M1"},
    {24, DType::kF8E8M0, "FLOAT8E8M0"},
    {25, DType::kU2, "UINT2"},
    {26, DType::kI2, "INT2"},
};

/// Elements that share a byte of raw_data or an entry of int32_data.
std::int64_t elements_per_byte(DType dtype) {
  switch (dtype) {
    case DType::kI4:
    case DType::kU4:
    case DType::kF4E2M1:
      return 2;
    case DType::kI2:
    case DType::kU2:
      return 4;
    default:
      return 1;
  }
}

/// The value of a code of one of the packed types.
double from_code(DType dtype, unsigned code) {
  if (is_float(dtype)) return value_of_code(dtype, code);
  return rounded_to(dtype, code);
}

/// Bytes of a tensor in a file.
std::int64_t packed_bytes(const TensorType& type) {
  return is_packed(type.dtype) ? ceil_div(type.elements(), elements_per_byte(type.dtype))
                               : type.bytes();
}

/// Codes are packed in a byte from its low bits on.
void unpack(DType dtype, unsigned byte, std::size_t index, std::vector<double>& values) {
  const auto count = static_cast<std::size_t>(elements_per_byte(dtype));
  const unsigned bits = 8U / static_cast<unsigned>(count);
  for (std::size_t i = 0; i < count && index * count + i < values.size(); ++i) {
    const unsigned code = byte >> (bits * static_cast<unsigned>(i)) & ((1U << bits) - 1);
    values[index * count + i] = from_code(dtype, code);
  }
}

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
    default:
      break;
  }
  TPU_CHECK(is_packed(dtype), "type {} has no form", name_of(dtype));
  for (std::size_t i = 0; i < raw.size(); ++i)
    unpack(dtype, static_cast<unsigned char>(raw[i]), i, values);
}

/// The typed list that holds values of a type, when raw_data does not; of packed types an empty or
/// wrong one as it is.
std::vector<double> read_typed(const TensorType& type, const onnx::TensorProto& proto) {
  const DType dtype = type.dtype;
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
  if (!is_packed(dtype) || values.empty()) return values;
  std::vector<double> unpacked(static_cast<std::size_t>(type.elements()));
  if (packed_bytes(type) != static_cast<std::int64_t>(values.size())) return values;
  for (std::size_t i = 0; i < values.size(); ++i)
    unpack(dtype, static_cast<std::uint8_t>(saturated_integer(values[i])), i, unpacked);
  return unpacked;
}

}  // namespace

std::optional<DType> dtype_of_onnx(std::int32_t data_type) {
  for (const OnnxType& row : kOnnxTypes) {
    if (row.number == data_type) return row.dtype;
  }
  return std::nullopt;
}

std::int32_t onnx_of_dtype(DType dtype) {
  for (const OnnxType& row : kOnnxTypes) {
    if (row.dtype == dtype) return row.number;
  }
  unreachable();
}

std::string onnx_type_name(std::int32_t data_type) {
  for (const OnnxType& row : kOnnxTypes) {
    if (row.number == data_type) return std::string(row.name);
  }
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

Result<std::int64_t> bytes_in_file(const onnx::TensorProto& proto) {
  TPU_TRY(const TensorType type, type_of_proto(proto));
  return packed_bytes(type);
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
    if (held != packed_bytes(type)) return wrong_amount(held, packed_bytes(type), "bytes");
    tensor.values.resize(static_cast<std::size_t>(type.elements()));
    read_raw(type.dtype, proto.raw_data(), tensor.values);
  } else {
    tensor.values = read_typed(type, proto);
    // Tools that strip weights leave an empty tensor: its values are unknown.
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
