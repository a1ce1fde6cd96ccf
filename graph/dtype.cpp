// Names, sizes and rounding of element types.

#include "graph/dtype.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/check.h"

namespace tpuscope {
namespace {

struct DTypeInfo {
  std::string_view name;
  std::int64_t bytes;
};

constexpr std::array<DTypeInfo, 23> kInfo = {
    {{"f32", 4},        {"f16", 2},    {"bf16", 2},   {"f64", 8},        {"i8", 1},
     {"u8", 1},         {"i16", 2},    {"u16", 2},    {"i32", 4},        {"u32", 4},
     {"i64", 8},        {"u64", 8},    {"bool", 1},   {"i4", 1},         {"u4", 1},
     {"i2", 1},         {"u2", 1},     {"f8e4m3", 1}, {"f8e4m3fnuz", 1}, {"f8e5m2", 1},
     {"f8e5m2fnuz", 1}, {"f8e8m0", 1}, {"f4e2m1", 1}}};

/// A float of at most 8 bits, as ONNX's text on float8 and the OCP formats of blocks define them.
struct SmallFloat {
  int mantissa_bits;
  int bias;
  double largest;
  bool is_signed;
};

SmallFloat small_float(DType type) {
  switch (type) {
    case DType::kF8E4M3:
      return {3, 7, 448, true};
    case DType::kF8E4M3Fnuz:
      return {3, 8, 240, true};
    case DType::kF8E5M2:
      return {2, 15, 57344, true};
    case DType::kF8E5M2Fnuz:
      return {2, 16, 57344, true};
    case DType::kF8E8M0:
      return {0, 127, 0x1p127, false};
    case DType::kF4E2M1:
      return {1, 1, 6, true};
    default:
      unreachable();
  }
}

double rounded_small(DType type, double value) {
  const SmallFloat format = small_float(type);
  if (std::isnan(value)) return value;
  if (!format.is_signed) {  // the next power of two, of those that there are
    const double exponent = value > 0 ? std::ceil(std::log2(value)) : -127.0;
    return std::exp2(std::clamp(exponent, -127.0, 127.0));
  }
  if (value == 0) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  // Below the smallest normal number, 2^(1 - bias), the spacing stays what it is there.
  const int spacing = std::max(exponent - 1, 1 - format.bias) - format.mantissa_bits;
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -spacing)), spacing);
  return std::clamp(rounded, -format.largest, format.largest);
}

const DTypeInfo& info(DType type) {
  return kInfo.at(static_cast<std::size_t>(type));
}

/// Rounds to a float with `mantissa_bits` explicit mantissa bits and the given exponent range.
double rounded_float(double value, int mantissa_bits, int min_exponent, double largest) {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  // Below the smallest normal number the spacing stays that of the smallest normal number.
  const int spacing = std::max(exponent, min_exponent) - 1 - mantissa_bits;
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -spacing)), spacing);
  return std::abs(rounded) > largest ? std::copysign(std::numeric_limits<double>::infinity(), value)
                                     : rounded;
}

template <typename Integer>
double wrapped(double value) {
  // Saturates what int64 cannot hold, wraps what the narrower type cannot: as a cast in C does.
  if (std::isnan(value)) return 0;
  if constexpr (std::is_same_v<Integer, std::uint64_t>) {
    if (value >= 18446744073709551615.0) return 18446744073709551615.0;
    if (value >= 0) return static_cast<double>(static_cast<std::uint64_t>(value));
  }
  if (value >= 9223372036854775807.0) return 9223372036854775807.0;
  if (value <= -9223372036854775808.0) return -9223372036854775808.0;
  return static_cast<double>(static_cast<Integer>(static_cast<std::int64_t>(value)));
}

/// As wrapped, for integers of fewer than 8 bits.
double wrapped_bits(double value, int bits, bool is_signed) {
  const int count = 1 << bits;
  const int code = static_cast<std::uint8_t>(static_cast<int>(wrapped<std::int8_t>(value))) % count;
  return is_signed && code >= count / 2 ? code - count : code;
}

}  // namespace

std::string_view name_of(DType type) {
  return info(type).name;
}

std::optional<DType> dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kInfo.size(); ++i) {
    if (kInfo[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::int64_t size_of(DType type) {
  return info(type).bytes;
}

bool is_float(DType type) {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kBF16 ||
         type == DType::kF64 || type >= DType::kF8E4M3;
}

bool is_packed(DType type) {
  return type >= DType::kI4;
}

double value_of_code(DType type, unsigned code) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const SmallFloat format = small_float(type);
  if (type == DType::kF8E8M0)
    return code == 0xFF ? kNone : std::ldexp(1.0, static_cast<int>(code) - 127);
  const bool is_fnuz = type == DType::kF8E4M3Fnuz || type == DType::kF8E5M2Fnuz;
  if (is_fnuz && code == 0x80) return kNone;
  if (type == DType::kF8E4M3 && (code & 0x7FU) == 0x7F) return kNone;
  if (type == DType::kF8E5M2 && (code & 0x7CU) == 0x7C) {
    if ((code & 3U) != 0) return kNone;
    const double infinity = std::numeric_limits<double>::infinity();
    return (code & 0x80U) != 0 ? -infinity : infinity;
  }
  const unsigned sign_bit = type == DType::kF4E2M1 ? 0x8U : 0x80U;
  const unsigned magnitude = code & (sign_bit - 1);
  const int exponent = static_cast<int>(magnitude >> static_cast<unsigned>(format.mantissa_bits));
  const int one = 1 << format.mantissa_bits;
  const int mantissa = static_cast<int>(magnitude) & (one - 1);
  const double value = std::ldexp(exponent == 0 ? mantissa : mantissa + one,
                                  std::max(exponent, 1) - format.bias - format.mantissa_bits);
  return (code & sign_bit) != 0 ? -value : value;
}

double rounded_to(DType type, double value) {
  switch (type) {
    case DType::kF64:
      return value;
    case DType::kF32:
      return static_cast<double>(static_cast<float>(value));
    case DType::kF16:
      return rounded_float(value, 10, -13, 65504.0);
    case DType::kBF16:
      return rounded_float(value, 7, -125, 3.3895313892515355e38);
    case DType::kI8:
      return wrapped<std::int8_t>(value);
    case DType::kU8:
      return wrapped<std::uint8_t>(value);
    case DType::kI16:
      return wrapped<std::int16_t>(value);
    case DType::kU16:
      return wrapped<std::uint16_t>(value);
    case DType::kI32:
      return wrapped<std::int32_t>(value);
    case DType::kU32:
      return wrapped<std::uint32_t>(value);
    case DType::kI64:
      return wrapped<std::int64_t>(value);
    case DType::kU64:
      return wrapped<std::uint64_t>(value);
    case DType::kBool:
      return value != 0 ? 1 : 0;
    case DType::kI4:
      return wrapped_bits(value, 4, true);
    case DType::kU4:
      return wrapped_bits(value, 4, false);
    case DType::kI2:
      return wrapped_bits(value, 2, true);
    case DType::kU2:
      return wrapped_bits(value, 2, false);
    case DType::kF8E4M3:
    case DType::kF8E4M3Fnuz:
    case DType::kF8E5M2:
    case DType::kF8E5M2Fnuz:
    case DType::kF8E8M0:
    case DType::kF4E2M1:
      return rounded_small(type, value);
  }
  unreachable();
}

}  // namespace tpuscope
