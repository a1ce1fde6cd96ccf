// Characters as people see them, and the columns that a terminal gives them: a letter with its
// marks, a flag or a joined emoji is one; CJK and emoji are two columns wide. By utf8proc, whose
// tables are Unicode's.

#pragma once

#include <string_view>
#include <vector>

namespace tpuscope {

/// A grapheme cluster of a text.
struct Character {
  std::string_view bytes{};
  std::size_t columns = 1;  ///< 0 to 2
};

/// The characters of a text in order. A byte that is not UTF-8 is one of one column, and so is
/// every ASCII character.
std::vector<Character> characters_of(std::string_view text);

}  // namespace tpuscope
