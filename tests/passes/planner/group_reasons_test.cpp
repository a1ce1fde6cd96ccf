// The table of reasons against the sources that state them.

#include "passes/planner/group_reasons.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/support/places.h"

namespace tpuscope::test {
namespace {

bool has_reason(const std::string& name) {
  const auto& all = group_reasons();
  return std::any_of(all.begin(), all.end(),
                     [&](const GroupReason& reason) { return reason.name == name; });
}

std::set<std::string> stated_rules() {
  const std::regex rule(R"re((?:LocalObstacle\{\s*|\.rule = |_\.rule = )"([a-z0-9_.]+)")re");
  std::set<std::string> names;
  for (const char* folder : {"graph", "passes/planner"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(source_folder() + "/" + folder)) {
      if (entry.path().extension() != ".cpp") continue;
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      const std::string content = text.str();
      for (std::sregex_iterator at(content.begin(), content.end(), rule), end; at != end; ++at)
        names.insert((*at)[1]);
    }
  }
  return names;
}

TEST_CASE("every rule that ops and planner state has a sentence, and no other has") {
  const std::set<std::string> stated = stated_rules();
  CHECK(stated.size() > 15);
  for (const std::string& name : stated) {
    CAPTURE(name);
    CHECK(has_reason(name));
  }
  const std::set<std::string> kinds = {"(operator)", "costs_more", "does_not_fit", "limit"};
  for (const GroupReason& reason : group_reasons()) {
    CAPTURE(reason.name);
    CHECK((stated.contains(std::string(reason.name)) || kinds.contains(std::string(reason.name))));
  }
  CHECK(!has_reason("no such rule"));
}

}  // namespace
}  // namespace tpuscope::test
