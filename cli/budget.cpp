// Reading a time.

#include "cli/budget.h"

#include <cmath>
#include <optional>

#include <fmt/core.h>

#include "base/number.h"
#include "base/text.h"

namespace tpuscope {

Result<std::optional<Picoseconds>> budget_of(const Arguments& arguments) {
  if (!arguments.has(kBudgetFlag)) return std::optional<Picoseconds>();
  const std::string text = arguments.text(kBudgetFlag);
  std::string_view unit = text;
  const std::optional<double> number = take_number<double>(unit);
  while (unit.starts_with(' '))
    unit.remove_prefix(1);
  const double picoseconds = number.value_or(0) * picoseconds_of_unit(unit);
  constexpr double kMost = 1e18;  // a million seconds
  if (picoseconds > 0 && picoseconds < kMost) {
    return std::optional(Picoseconds{std::llround(picoseconds)});
  }
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("{} is {}", kBudgetFlag.name, in_quotes(sanitised_utf8(text))),
      .hint = "give a time with its unit: 5ms, 800us or 0.1s"};
}

}  // namespace tpuscope
