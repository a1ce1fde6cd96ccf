// Every network that the tests know: the built-in ones and those in tests/models.

#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "graph/frontend.h"
#include "tests/support/places.h"

namespace tpuscope::testing {

/// Sanitizers make a run ten times as long: what loops over networks takes fewer of them then.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

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
