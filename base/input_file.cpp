// Reads a whole file; folders and missing files get errors of their own.

#include "base/input_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/gzip.h"
#include "base/text.h"

namespace tpuscope {

Result<std::string> read_input(const std::string& path) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) {
    return Error{.message = "there is no such file", .where = sanitised_utf8(path)};
  }
  if (std::filesystem::is_directory(status)) {
    return Error{.message = "is a folder, not a file", .where = sanitised_utf8(path)};
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || !file) {
    return Error{.message = "the file cannot be read", .where = sanitised_utf8(path)};
  }
  if (is_gzip(bytes)) return gunzip(bytes, path);
  return bytes;
}

}  // namespace tpuscope
