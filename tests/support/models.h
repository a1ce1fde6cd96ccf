// Every network that the tests know: the built-in ones and those in tests/models.

#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "graph/frontend.h"

namespace tpuscope::testing {

/// Names for load_graph, sorted.
inline std::vector<std::string> all_models() {
  std::vector<std::string> names = builtin_names();
  const std::filesystem::path folder = std::filesystem::path(TPUSCOPE_SOURCE_DIR) / "tests/models";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace tpuscope::testing
