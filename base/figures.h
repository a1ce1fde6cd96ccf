// Arithmetic and texts of figures that several views share: exact integer scaling, times, rates and
// percentages.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"

namespace tpuscope {

/// a * b / c rounded down, exact where a * b would overflow; a, b >= 0, c > 0, b * c < 2^63.
constexpr std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
  return a / c * b + a % c * b / c;
}

/// Cycles of a clock within a time, to the nearest.
constexpr std::int64_t cycles_in(Picoseconds time, std::int64_t clock_khz) {
  constexpr std::int64_t kPicosecondsPerKilohertzCycle = 1'000'000'000;
  return time.value / kPicosecondsPerKilohertzCycle * clock_khz +
         (time.value % kPicosecondsPerKilohertzCycle * clock_khz +
          kPicosecondsPerKilohertzCycle / 2) /
             kPicosecondsPerKilohertzCycle;
}

/// Whole nanoseconds, to the nearest. Both ends of a span go through this and lengths are
/// differences: rounding start and length by themselves makes neighbours overlap.
constexpr std::int64_t nanoseconds(Picoseconds time) {
  return (time.value + 500) / 1000;
}

/// part / whole, and 0 where there is no whole.
double ratio(std::int64_t part, std::int64_t whole);

/// "5.49 ms", "812 µs", "1.20 s": three significant digits.
std::string time_text(Picoseconds time);
/// Percentage with one decimal: "38.0".
std::string percent_text(double ratio);
/// Percentages of a whole, each rounded by itself: a share prints the same digits everywhere.
std::vector<std::string> percent_texts(const std::vector<std::int64_t>& parts, std::int64_t whole);
/// "+2.5 %", "-6.6 %": a relative change; "=" where it rounds to nothing, "new" where there was
/// nothing before.
std::string change_text(std::int64_t before, std::int64_t after);
/// "5.10 to 6.40 ms", each end by three significant digits; the first has a unit where it differs.
std::string range_text(Picoseconds low, Picoseconds high);
/// Three significant digits with a decimal unit: "17.6 T", "412 M".
std::string si_text(double value);

}  // namespace tpuscope
