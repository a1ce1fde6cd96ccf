// Files that are too large, or not ours, to be in the repository: real compiled models and
// captures. Tests that read them do nothing unless the environment variable TPUSCOPE_SHARED names
// their folder.

#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace tpuscope::test {

inline std::optional<std::filesystem::path> shared_folder() {
  const char* folder = std::getenv("TPUSCOPE_SHARED");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::filesystem::path(folder);
}

inline std::string shared_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Files of the folder, of any depth, whose names end so; sorted.
inline std::vector<std::filesystem::path> shared_files(const std::filesystem::path& folder,
                                                       const std::string& ending) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace tpuscope::test
