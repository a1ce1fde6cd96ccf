// Text helpers.

#include "base/text.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/characters.h"

namespace tpuscope {
namespace {

/// Length in bytes of the valid UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_sequence(std::string_view text, std::uint32_t* character = nullptr) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (character != nullptr) *character = byte(0);
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = byte(0) & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  if (character != nullptr) *character = code;
  return code < kSmallest[length] || surrogate || code > 0x10FFFF ? 0 : length;
}

/// Characters that a terminal obeys or that turn the text around them: C0 and C1 controls, line
/// separators, marks of writing direction (Unicode's bidirectional algorithm, UAX 9).
bool is_control(std::uint32_t character) {
  struct Span {
    std::uint32_t first;
    std::uint32_t last;
  };
  constexpr std::array<Span, 6> kControls = {{{0, 0x1F},
                                              {0x7F, 0x9F},
                                              {0x61C, 0x61C},
                                              {0x200E, 0x200F},
                                              {0x2028, 0x202E},
                                              {0x2066, 0x2069}}};
  return std::any_of(kControls.begin(), kControls.end(), [&](const Span& span) {
    return span.first <= character && character <= span.last;
  });
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  return fmt::format("\"{}\"", text);
}

std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;)
    digits.insert(at -= 3, " ");
  return digits;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::string list_text(std::span<const std::int64_t> values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    text += std::to_string(values[i]);
  }
  return text + "]";
}

std::string bytes_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string lower_case(std::string text) {
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows of the table for the beginnings of `a`: this one, and the two before it.
  std::vector<std::size_t> row(b.size() + 1);
  std::vector<std::size_t> above(row.size());
  std::vector<std::size_t> second_above(row.size());
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(second_above, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({substitution, above[j] + 1, row[j - 1] + 1});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) row[j] = std::min(row[j], second_above[j - 2] + 1);
    }
  }
  return row.back();
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(word, name);
    if (distance < best_distance) {
      best = &name;
      best_distance = distance;
    }
  }
  if (best != nullptr) return "did you mean " + in_quotes(*best) + "?";
  return names.empty() ? "" : "known: " + join(names);
}

std::string changed_lines(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> old_lines = lines_of(before);
  const std::vector<std::string_view> new_lines = lines_of(after);
  const std::set<std::string_view> olds(old_lines.begin(), old_lines.end());
  const std::set<std::string_view> news(new_lines.begin(), new_lines.end());
  std::string text;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < old_lines.size() || j < new_lines.size()) {
    for (; i < old_lines.size() && !news.contains(old_lines[i]); ++i) {
      text += "- " + std::string(old_lines[i]) + "\n";
    }
    for (; j < new_lines.size() && !olds.contains(new_lines[j]); ++j) {
      text += "+ " + std::string(new_lines[j]) + "\n";
    }
    if (i < old_lines.size()) ++i;  // a line that both have, though perhaps at another place
    if (j < new_lines.size() && olds.contains(new_lines[j])) ++j;
  }
  return text;
}

std::string elide_middle(std::string_view text, std::size_t width) {
  // No character has more columns than bytes.
  if (text.size() <= width) return std::string(text);
  const std::vector<Character> characters = characters_of(text);
  const auto sum = [](std::size_t columns, const Character& next) {
    return columns + next.columns;
  };
  if (std::accumulate(characters.begin(), characters.end(), std::size_t{0}, sum) <= width) {
    return std::string(text);
  }
  if (width == 0) return "";
  const std::size_t kept = width - 1;  // one column for the ellipsis
  std::string head;
  std::size_t columns = 0;
  for (auto next = characters.begin(); columns + next->columns <= (kept + 1) / 2; ++next) {
    columns += next->columns;
    head += next->bytes;
  }
  std::size_t tail = 0;
  columns = 0;
  for (auto next = characters.rbegin(); columns + next->columns <= kept / 2; ++next) {
    columns += next->columns;
    tail += next->bytes.size();
  }
  return head + "…" + std::string(text.substr(text.size() - tail));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string sanitised_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    std::uint32_t character = 0;
    const std::size_t length = utf8_sequence(text, &character);
    if (length == 0) {
      clean += "\xEF\xBF\xBD";
    } else if (is_control(character)) {
      clean += ' ';
    } else {
      clean += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return clean;
}

}  // namespace tpuscope
