// Element types of tensors.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tpuscope {

enum class DType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  kF64,
  kI8,
  kU8,
  kI16,
  kU16,
  kI32,
  kU32,
  kI64,
  kU64,
  kBool,
};

/// "f32", "bf16", "i8", "bool".
std::string_view name_of(DType type);
std::optional<DType> dtype_from_name(std::string_view name);
/// Bytes of one element in memory.
std::int64_t size_of(DType type);
bool is_float(DType type);

/// The value as an element of this type holds it: rounded to nearest even for floats, truncated
/// and wrapped for integers, 0 or 1 for bool.
double rounded_to(DType type, double value);

}  // namespace tpuscope
