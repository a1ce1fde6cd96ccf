// Reading a time.

#include "cli/budget.h"

#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// Picoseconds of a unit; 0 for none.
double picoseconds_of_unit(std::string_view unit) {
  return unit == "ns"                   ? 1e3
         : unit == "us" || unit == "µs" ? 1e6
         : unit == "ms"                 ? 1e9
         : unit == "s"                  ? 1e12
                                        : 0;
}

}  // namespace

Result<std::optional<Picoseconds>> budget_of(const Arguments& arguments) {
  if (!arguments.has(kBudgetFlag)) return std::optional<Picoseconds>();
  const std::string text = arguments.text(kBudgetFlag);
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  std::string_view unit(stop, static_cast<std::size_t>(end - stop));
  while (unit.starts_with(' '))
    unit.remove_prefix(1);
  const double picoseconds = number * picoseconds_of_unit(unit);
  constexpr double kMost = 1e18;  // a million seconds
  if (problem == std::errc{} && picoseconds > 0 && picoseconds < kMost) {
    return std::optional(Picoseconds{std::llround(picoseconds)});
  }
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("{} is {}", kBudgetFlag.name, in_quotes(sanitised_utf8(text))),
      .hint = "give a time with its unit: 5ms, 800us or 0.1s"};
}

}  // namespace tpuscope
