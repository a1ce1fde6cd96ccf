// Quantities with types: adding cycles to bytes does not compile.

#pragma once

#include <compare>
#include <cstdint>

namespace tpuscope {

/// An integer amount of one unit.
template <typename Unit>
struct Quantity {
  std::int64_t value = 0;

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
  friend constexpr Quantity operator*(Quantity a, std::int64_t n) { return {a.value * n}; }
  friend constexpr Quantity operator*(std::int64_t n, Quantity a) { return {a.value * n}; }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
};

/// Cycles of one clock, named by a type: those of two engines do not add up.
template <typename Clock>
struct CyclesUnit;
template <typename Clock>
using Cycles = Quantity<CyclesUnit<Clock>>;
/// Time on the common axis of all engines. Picoseconds, so that clocks of 550, 750, 900 and
/// 950 MHz meet on one integer axis with an error below a thousandth of a cycle per command.
using Picoseconds = Quantity<struct PicosecondsUnit>;
using Bytes = Quantity<struct BytesUnit>;

/// a / b rounded up, for a >= 0 and b > 0.
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}
constexpr std::int64_t align_up(std::int64_t a, std::int64_t b) {
  return ceil_div(a, b) * b;
}

}  // namespace tpuscope
