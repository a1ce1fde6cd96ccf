// SweepAxis: one thing that a sweep varies, and the values that it takes. `KEY=VALUES` becomes an
// axis without a network or a chip at hand: whether the key exists is the configuration's business.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tpuscope {

struct SweepAxis {
  std::string key{};                  ///< "chip.ddr.peak_gbps", "precision"
  std::vector<std::string> values{};  ///< as people write them, each once
  std::vector<double> numbers{};      ///< of the values, when every one is a number
  std::string base{};                 ///< the value without the sweep; filled by check_axes

  bool is_numeric() const { return !numbers.empty(); }
};

/// The most values of one axis, and the most points of a sweep.
inline constexpr std::size_t kMaxSweepPoints = 100'000;

/// KEY=VALUES, where VALUES are separated by commas and each is a word, a number or a range:
///   16:64:8    from 16 to 64 in steps of 8, both ends included
///   16:128:*2  each twice the one before
///   16:128:log5  five values, evenly spaced on a logarithmic scale
/// kUsage errors for a missing part, an endless range and a value that is given twice.
Result<SweepAxis> parse_axis(std::string_view text);

/// A number as written in values: the shortest text that reads back to it.
std::string number_text(double value);

/// The text as a finite number.
Result<double> parse_number(std::string_view text);

}  // namespace tpuscope
