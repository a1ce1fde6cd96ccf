// Grapheme clusters and their widths from utf8proc's tables.

#include "base/characters.h"

#include <algorithm>
#include <utf8proc.h>

namespace tpuscope {
namespace {

constexpr std::size_t kWidestCharacter = 2;

/// The code point at the start of the text and its length in bytes; -1 and 1 for what is not UTF-8.
std::pair<utf8proc_int32_t, std::size_t> code_point(std::string_view text) {
  // The C interface counts in signed integers and takes unsigned bytes.
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  utf8proc_int32_t code = -1;
  const utf8proc_ssize_t length =
      utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (length <= 0) return {-1, 1};
  return {code, static_cast<std::size_t>(length)};
}

std::size_t columns_of(utf8proc_int32_t code) {
  if (code < 0x80) return 1;  // what is no UTF-8 and ASCII, control characters too
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
}

}  // namespace

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  utf8proc_int32_t last = -1;
  utf8proc_int32_t state = 0;
  while (!text.empty()) {
    const auto [code, length] = code_point(text);
    const bool begins =
        last < 0 || code < 0 || utf8proc_grapheme_break_stateful(last, code, &state);
    if (begins) {
      characters.push_back({text.substr(0, length), columns_of(code)});
    } else {
      Character& character = characters.back();
      character.bytes = {character.bytes.data(), character.bytes.size() + length};
      // Parts that are joined (two letters of a flag, the people of a family) are drawn as one.
      character.columns = std::min(kWidestCharacter, character.columns + columns_of(code));
    }
    last = code;
    text.remove_prefix(length);
  }
  return characters;
}

}  // namespace tpuscope
