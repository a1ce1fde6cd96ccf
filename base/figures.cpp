// Formats of figures; three significant digits, because a simulation promises no more.

#include "base/figures.h"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/core.h>

namespace tpuscope {
namespace {

/// Three significant digits for 1 <= value < 1000, fewer decimals for larger values.
std::string three_digits(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string time_text(Picoseconds time) {
  constexpr std::array<std::string_view, 5> kUnits = {"ps", "ns", "µs", "ms", "s"};
  double amount = static_cast<double>(time.value);
  std::size_t unit = 0;
  while (std::abs(amount) >= 999.5 && unit + 1 < kUnits.size()) {
    amount /= 1000;
    ++unit;
  }
  if (unit == 0) return fmt::format("{} ps", time.value);
  return fmt::format("{}{} {}", amount < 0 ? "-" : "", three_digits(std::abs(amount)),
                     kUnits[unit]);
}

std::string percent_text(double ratio) {
  return fmt::format("{:.1f}", ratio * 100);
}

std::vector<std::string> percent_texts(const std::vector<std::int64_t>& parts, std::int64_t whole) {
  std::vector<std::string> texts;
  for (const std::int64_t part : parts)
    texts.push_back(percent_text(ratio(part, whole)));
  return texts;
}

std::string change_text(std::int64_t before, std::int64_t after) {
  if (before == after) return "=";
  if (before == 0) return "new";
  const std::string text = fmt::format("{:+.1f} %", 100 * ratio(after - before, before));
  return text == "+0.0 %" || text == "-0.0 %" ? "=" : text;
}

std::string range_text(Picoseconds low, Picoseconds high) {
  const std::string last = time_text(high);
  std::string first = time_text(low);
  const std::size_t unit = first.find(' ');
  if (first.substr(unit) == last.substr(last.find(' '))) first.resize(unit);
  return first + " to " + last;
}

std::string si_text(double value) {
  constexpr std::array<std::string_view, 5> kUnits = {"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{}{}{}", three_digits(value), unit == 0 ? "" : " ", kUnits[unit]);
}

}  // namespace tpuscope
