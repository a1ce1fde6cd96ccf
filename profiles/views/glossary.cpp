// Rows of the document's tables, which is embedded in the program.

#include "profiles/views/glossary.h"

#include <sstream>

#include "embedded/glossary.h"

namespace tpuscope {

std::vector<GlossaryTerm> glossary_terms() {
  std::vector<GlossaryTerm> terms;
  std::istringstream text{std::string(embedded::glossary().at("glossary.md"))};
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("| ") || line.starts_with("| term ")) continue;
    const std::size_t first = line.find(" | ");
    const std::size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
    if (second == std::string::npos) continue;
    std::string meaning = line.substr(first + 3, second - first - 3);
    std::erase(meaning, '*');
    std::erase(meaning, '`');
    terms.push_back({line.substr(2, first - 2), std::move(meaning)});
  }
  return terms;
}

}  // namespace tpuscope
