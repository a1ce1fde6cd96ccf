// The glossary of docs/glossary.md: what `list terms` prints and pages show beside their words.

#pragma once

#include <string>
#include <vector>

namespace tpuscope {

struct GlossaryTerm {
  std::string term{};  ///< "load, store": several that are explained together
  std::string meaning{};
};

/// In the order of the document.
std::vector<GlossaryTerm> glossary_terms();

}  // namespace tpuscope
