// Formats of figures; three significant digits, because a simulation promises no more.

#include "base/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

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
  constexpr std::array<std::string_view, 5> kUnits = {"ps", "ns", "us", "ms", "s"};
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
  std::vector<std::int64_t> tenths(parts.size());
  std::vector<std::pair<double, std::size_t>> remainders;
  double sum = 0;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double exact = 1000 * ratio(parts[i], whole);
    tenths[i] = static_cast<std::int64_t>(exact);
    remainders.emplace_back(static_cast<double>(tenths[i]) - exact, i);
    sum += exact;
    given += tenths[i];
  }
  std::sort(remainders.begin(), remainders.end());
  const std::int64_t missing = std::llround(sum) - given;
  for (std::size_t i = 0; i < remainders.size() && static_cast<std::int64_t>(i) < missing; ++i)
    ++tenths[remainders[i].second];
  std::vector<std::string> texts;
  for (const std::int64_t tenth : tenths)
    texts.push_back(fmt::format("{}.{}", tenth / 10, tenth % 10));
  return texts;
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
