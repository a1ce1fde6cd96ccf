// Numbers in texts: the whole text, or what it begins with.

#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace tpuscope {

/// The number with which the text begins, taken off its front. Nothing, and the text as it was,
/// where it begins with none or with one that the type cannot hold.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

/// The number that the whole text is.
template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  const std::optional<Number> number = take_number<Number>(text);
  return text.empty() ? number : std::nullopt;
}

/// Picoseconds of ps, ns, us, µs, ms and s; 0 for what is no unit of time.
constexpr double picoseconds_of_unit(std::string_view unit) {
  if (unit == "ps") return 1;
  if (unit == "ns") return 1e3;
  if (unit == "us" || unit == "µs") return 1e6;
  if (unit == "ms") return 1e9;
  return unit == "s" ? 1e12 : 0;
}

}  // namespace tpuscope
