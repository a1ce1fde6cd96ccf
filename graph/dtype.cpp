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

constexpr std::array<DTypeInfo, 13> kInfo = {{{"f32", 4},
                                              {"f16", 2},
                                              {"bf16", 2},
                                              {"f64", 8},
                                              {"i8", 1},
                                              {"u8", 1},
                                              {"i16", 2},
                                              {"u16", 2},
                                              {"i32", 4},
                                              {"u32", 4},
                                              {"i64", 8},
                                              {"u64", 8},
                                              {"bool", 1}}};

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
  return type == DType::kF32 || type == DType::kF16 || type == DType::kBF16 || type == DType::kF64;
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
  }
  unreachable();
}

}  // namespace tpuscope
