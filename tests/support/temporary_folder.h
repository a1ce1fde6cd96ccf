// A folder of its own for one test, gone with everything in it when the test ends.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tpuscope::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Path of a file in it, whether it exists or not.
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file, in folders that are made where the name has some, and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const;
  /// Names of its files, sorted.
  std::string listing() const;

 private:
  std::filesystem::path path_;
};

/// The bytes of a file; empty when there is none.
std::string read_bytes(const std::filesystem::path& path);

}  // namespace tpuscope::test
