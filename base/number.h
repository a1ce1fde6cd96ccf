// Numbers in texts: the whole text, or what it begins with.

#pragma once

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace tpuscope {

namespace detail {

/// std::from_chars, also where the standard library has it for whole numbers only (libc++ 14).
/// There it is strtod's number, which is rounded alike, of texts that from_chars takes: without
/// blanks, "+" and hexadecimal digits. Programs never set a locale, so the point is a point.
template <typename Number>
std::from_chars_result parse_number(const char* begin, const char* end, Number& number) {
#if !defined(__cpp_lib_to_chars)
  if constexpr (std::is_floating_point_v<Number>) {
    constexpr std::string_view kDigits = "0123456789.";
    const std::string_view all(begin, static_cast<std::size_t>(end - begin));
    const std::string_view bare = all.substr(all.starts_with('-') ? 1 : 0);
    const bool is_word = bare.starts_with("inf") || bare.starts_with("nan");
    if (!is_word && (bare.empty() || kDigits.find(bare[0]) == std::string_view::npos)) {
      return {begin, std::errc::invalid_argument};
    }
    // "0x1p3" begins with the number 0.
    const std::string text(all.substr(0, all.find_first_of("xX")));
    char* stop = nullptr;
    const double read = std::strtod(text.c_str(), &stop);
    if (stop == text.c_str()) return {begin, std::errc::invalid_argument};
    number = static_cast<Number>(read);
    return {begin + (stop - text.c_str()), std::errc{}};
  } else {
    return std::from_chars(begin, end, number);
  }
#else
  return std::from_chars(begin, end, number);
#endif
}

}  // namespace detail

/// The number with which the text begins, taken off its front. Nothing, and the text as it was,
/// where it begins with none or with one that the type cannot hold.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, problem] = detail::parse_number(text.data(), end, number);
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
