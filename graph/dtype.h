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
  // Of weights in files. An element takes a byte, also where a file packs several in one.
  kI4,
  kU4,
  kI2,
  kU2,
  kF8E4M3,      ///< 4 bits of exponent, 3 of mantissa; no infinities (ONNX: FLOAT8E4M3FN)
  kF8E4M3Fnuz,  ///< and no negative zero, whose code is the only NaN
  kF8E5M2,      ///< half precision without its last 8 bits
  kF8E5M2Fnuz,
  kF8E8M0,  ///< powers of two, scales of blocks
  kF4E2M1,
};

/// "f32", "bf16", "i8", "bool", "f8e4m3".
std::string_view name_of(DType type);
std::optional<DType> dtype_from_name(std::string_view name);
/// Bytes of one element in memory.
std::int64_t size_of(DType type);
bool is_float(DType type);
/// Whether the type is one of those that weights of files have and the chip does not: floats and
/// integers of fewer than 8 bits, floats of 8.
bool is_packed(DType type);
/// The number that a code of `type`, one of the floats of at most 8 bits, represents.
double value_of_code(DType type, unsigned code);

/// The value as an element of this type holds it: rounded to nearest even for floats, truncated
/// and wrapped for integers, 0 or 1 for bool. Floats of at most 8 bits saturate.
double rounded_to(DType type, double value);

}  // namespace tpuscope
