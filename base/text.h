// Small text helpers shared by messages, reports and printers.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tpuscope {

/// The text in double quotes.
std::string in_quotes(std::string_view text);

/// 5216442 as "5 216 442".
std::string grouped(std::int64_t value);

/// "a, b, c".
std::string join(const std::vector<std::string>& parts, std::string_view separator = ", ");

/// [1,3,8,8], the way shapes and axes are written everywhere.
std::string list_text(std::span<const std::int64_t> values);

/// Bytes with a binary unit: "354 B", "1.2 MiB".
std::string bytes_text(std::int64_t bytes);

/// The text with its ASCII letters in lower case.
std::string lower_case(std::string text);

/// Number of single-character edits between two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// `did you mean "bm1684x"?`, or the whole list of names when none is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

/// Shortens to `width` columns by cutting the middle: "layer1…conv2". No character is cut in two.
std::string elide_middle(std::string_view text, std::size_t width);

/// Lines of `before` that `after` has not, each after "- ", and the other way round after "+ ",
/// in the order in which they occur. Lines are compared by their text alone.
std::string changed_lines(std::string_view before, std::string_view after);

/// Whether the bytes are valid UTF-8.
bool is_utf8(std::string_view text);

/// The text with every invalid byte sequence replaced by U+FFFD, and by spaces what a terminal
/// obeys: control characters and marks of writing direction.
std::string sanitised_utf8(std::string_view text);

}  // namespace tpuscope
