// Lists and ranges.

#include "profiles/sweep/axis.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {
namespace {

constexpr std::string_view kForms =
    "write KEY=VALUES with a list as 1,2,4, steps as 16:64:8, factors as 16:128:*2 or 16:128:log5";

Error usage_axis(std::string message) {
  return Error{
      .code = ErrorCode::kUsage, .message = std::move(message), .hint = std::string(kForms)};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<double> number_of_axis(std::string_view text) {
  const std::optional<double> value = number_in<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

/// Ten decimal digits: 0.1 + 0.1 + 0.1 is 0.3 for people.
double tidy(double value) {
  return number_of_axis(fmt::format("{:.10g}", value)).value_or(value);
}

/// How ranges go on.
enum class Walk { kStep, kFactor, kLog };

Result<std::vector<double>> walked(double low, double high, Walk walk, double by,
                                   std::string_view text) {
  std::vector<double> values;
  const double factor = walk == Walk::kLog && by > 1 ? std::pow(high / low, 1 / (by - 1)) : by;
  const bool grows = walk == Walk::kStep ? by > 0 : factor > 1;
  // The end is met up to rounding.
  const double slack = walk == Walk::kStep ? std::abs(by) * 1e-9 : std::abs(high) * 1e-9;
  const auto is_inside = [&](double value) {
    return grows ? value <= high + slack : value >= high - slack;
  };
  for (std::size_t i = 0; values.size() <= kMaxSweepPoints; ++i) {
    const auto n = static_cast<double>(i);
    const double value = walk == Walk::kStep ? low + n * by : low * std::pow(factor, n);
    if (!is_inside(value)) return values;
    values.push_back(tidy(value));
  }
  return usage_axis(fmt::format("{} has more than {} values", in_quotes(text), kMaxSweepPoints));
}

/// How a range goes on: its third part, "8", "*2" or "log5".
struct Stride {
  Walk walk = Walk::kStep;
  std::optional<double> by{};
};

Stride stride_of(std::string_view text) {
  if (text.starts_with("*")) return {Walk::kFactor, number_of_axis(text.substr(1))};
  if (text.starts_with("log")) return {Walk::kLog, number_of_axis(text.substr(3))};
  return {Walk::kStep, number_of_axis(text)};
}

bool arrives(double low, double high, Walk walk, double by) {
  const bool upward = low <= high;
  switch (walk) {
    case Walk::kStep:
      return upward ? by > 0 : by < 0;
    case Walk::kFactor:
      return by > 0 && (upward ? by > 1 : by < 1);
    case Walk::kLog:
      return by >= 2 && by == std::floor(by) && low != high;
  }
  unreachable();
}

Result<std::vector<double>> range_of(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ':');
  const std::optional<double> low = number_of_axis(parts[0]);
  const std::optional<double> high = parts.size() > 1 ? number_of_axis(parts[1]) : std::nullopt;
  if (!low || !high || parts.size() > 3) return usage_axis(in_quotes(text) + " is no range");
  const Stride stride = stride_of(parts.size() == 3 ? parts[2] : *low <= *high ? "1" : "-1");
  if (!stride.by) return usage_axis(in_quotes(text) + " is no range");
  if (stride.walk != Walk::kStep && (*low <= 0 || *high <= 0)) {
    return usage_axis(in_quotes(text) + ": factors need ends above 0");
  }
  if (!arrives(*low, *high, stride.walk, *stride.by)) {
    return usage_axis(in_quotes(text) + " never arrives at its end");
  }
  return walked(*low, *high, stride.walk, *stride.by, text);
}

/// Adds one part of a list: a word, a number or a range. Whether it was of numbers.
Result<bool> add_values(SweepAxis& axis, std::string_view part) {
  if (part.empty()) return usage_axis(axis.key + " has an empty value");
  // A path of a chip file may hold a colon; a range begins with a number.
  const bool is_range =
      part.find(':') != std::string_view::npos && number_of_axis(part.substr(0, part.find(':')));
  if (is_range) {
    TPU_TRY(const std::vector<double> values, with_location(range_of(part), axis.key));
    axis.numbers.insert(axis.numbers.end(), values.begin(), values.end());
    for (const double value : values)
      axis.values.push_back(number_text(value));
    return true;
  }
  const std::optional<double> number = number_of_axis(part);
  if (number) axis.numbers.push_back(*number);
  axis.values.push_back(number ? number_text(*number) : std::string(part));
  return number.has_value();
}

}  // namespace

std::string number_text(double value) {
  // As few digits as give the number back, and an exponent for very large and very small ones only.
  return fmt::format("{}", value);
}

Result<double> parse_number(std::string_view text) {
  const std::optional<double> value = number_of_axis(text);
  if (!value) return Error{.code = ErrorCode::kUsage, .message = in_quotes(text) + " is no number"};
  return *value;
}

Result<SweepAxis> parse_axis(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return usage_axis("--vary is " + in_quotes(text));
  SweepAxis axis{.key = std::string(text.substr(0, equals))};
  bool all_numbers = true;
  for (const std::string_view part : split(text.substr(equals + 1), ',')) {
    TPU_TRY(const bool are_numbers, add_values(axis, part));
    all_numbers = all_numbers && are_numbers;
  }
  if (!all_numbers) axis.numbers.clear();
  std::set<std::string> seen;
  for (const std::string& value : axis.values) {
    if (!seen.insert(value).second) return usage_axis(axis.key + " has " + value + " twice");
  }
  return axis;
}

}  // namespace tpuscope
