// Every network that the tests know: the built-in ones and those in tests/models.

#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "graph/frontend.h"
#include "tests/support/places.h"
#include "tests/support/sanitized.h"

namespace tpuscope::testing {

/// Names for load_graph, sorted; with sanitizers only the built-in ones.
inline std::vector<std::string> all_models() {
  std::vector<std::string> names = builtin_names();
  if (kIsSanitized) return names;
  const std::filesystem::path folder =
      std::filesystem::path(test::source_folder()) / "tests/models";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tpuscope::testing
