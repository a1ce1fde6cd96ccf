// Rows of the document's tables, which is embedded in the program.

#include "profiles/views/glossary.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include "embedded/glossary.h"

namespace tpuscope {
namespace {

/// A cell as plain text: without the marks of emphasis and code, and with a link's words alone.
/// What stands in code is as it is, stars and brackets too.
std::string plain(std::string_view cell) {
  std::string text;
  bool is_code = false;
  for (std::size_t i = 0; i < cell.size(); ++i) {
    const bool ends_link = !is_code && cell.substr(i).starts_with("](");
    if (ends_link) {
      i = std::min(cell.find(')', i), cell.size());
    } else if (cell[i] == '`') {
      is_code = !is_code;
    } else if (is_code || (cell[i] != '*' && cell[i] != '[')) {
      text += cell[i];
    }
  }
  return text;
}

}  // namespace

std::vector<GlossaryTerm> glossary_terms() {
  std::vector<GlossaryTerm> terms;
  std::istringstream text{std::string(embedded::glossary().at("glossary.md"))};
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("| ") || line.starts_with("| term ")) continue;
    const std::size_t first = line.find(" | ");
    const std::size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
    if (second == std::string::npos) continue;
    const std::string_view row = line;
    terms.push_back(
        {plain(row.substr(2, first - 2)), plain(row.substr(first + 3, second - first - 3))});
  }
  return terms;
}

}  // namespace tpuscope
