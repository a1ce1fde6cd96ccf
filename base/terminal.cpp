// Widths, colours and bars.

#include "base/terminal.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/characters.h"
#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80;
}

bool is_ascii_byte(char byte) {
  return static_cast<unsigned char>(byte) < 0x80;
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kHeadline:
      return "\x1b[1m";
    case Tone::kBetter:
      return "\x1b[32m";
    case Tone::kWorse:
      return "\x1b[31m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kDim:
      return "\x1b[2m";
  }
  unreachable();
}

}  // namespace

std::string painted(std::string_view text, Tone tone, const Terminal& terminal) {
  if (!terminal.colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return std::string(escape_of(tone)) + std::string(text) + "\x1b[0m";
}

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
    } else if (is_ascii_byte(text[i])) {
      ++columns;
    } else {
      const auto end =
          std::find_if(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(), is_ascii_byte);
      const auto bytes = static_cast<std::size_t>(end - text.begin()) - i;
      for (const Character& character : characters_of(text.substr(i, bytes)))
        columns += character.columns;
      i += bytes - 1;
    }
  }
  return columns;
}

std::string in_ascii(std::string_view text) {
  struct Replacement {
    std::string_view character{};
    std::string_view ascii{};
  };
  constexpr std::array<Replacement, 3> kReplacements = {{{"…", "~"}, {"µ", "u"}, {"±", "+-"}}};
  std::string ascii;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_ascii_byte(text[i])) {
      ascii += text[i];
    } else if (starts_character(text[i])) {
      const auto* const known = std::find_if(
          kReplacements.begin(), kReplacements.end(),
          [&](const Replacement& each) { return text.substr(i).starts_with(each.character); });
      ascii += known == kReplacements.end() ? "?" : known->ascii;
    }
  }
  return ascii;
}

std::string shown(std::string_view text, const Terminal& terminal) {
  std::string clean = sanitised_utf8(text);
  return terminal.unicode ? clean : in_ascii(clean);
}

std::string fitted(std::string_view name, std::size_t width, const Terminal& terminal) {
  // Shown first: a mark that takes no column is a "?" in ASCII.
  const std::string text = shown(name, terminal);
  return terminal.cut_names ? shown(elide_middle(text, width), terminal) : text;
}

std::string wrapped(std::string_view sentence, std::size_t column, std::size_t indent,
                    const Terminal& terminal) {
  const std::string clean = shown(sentence, terminal);
  if (!terminal.cut_names) return clean + "\n";
  std::string_view rest = clean;
  std::string text;
  bool is_first = true;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!is_first && column + 1 + width_of(word) > terminal.width) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (!is_first) {
      text += " ";
      ++column;
    }
    text += word;
    column += width_of(word);
    is_first = false;
  }
  return text + "\n";
}

std::string left_aligned(std::string_view text, std::size_t width) {
  const std::size_t columns = width_of(text);
  return std::string(text) + std::string(width > columns ? width - columns : 0, ' ');
}

std::string right_aligned(std::string_view text, std::size_t width) {
  const std::size_t columns = width_of(text);
  return std::string(width > columns ? width - columns : 0, ' ') + std::string(text);
}

std::string bar(double share, std::size_t width, const Terminal& terminal) {
  const double columns = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
  if (!terminal.unicode) {
    return std::string(static_cast<std::size_t>(std::lround(columns)), '#');
  }
  constexpr std::array<std::string_view, 8> kEighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::lround(columns * 8));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i)
    text += "█";
  return text + std::string(kEighths[eighths % 8]);
}

}  // namespace tpuscope
