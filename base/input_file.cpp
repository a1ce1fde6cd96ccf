// Reads a whole file within a limit: see input_file.h.

#include "base/input_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "base/gzip.h"
#include "base/text.h"

namespace tpuscope {
namespace {

Error input_error(const std::string& path, std::string message) {
  return {.message = std::move(message), .where = sanitised_utf8(path)};
}

Error too_large(const std::string& path, std::size_t limit) {
  return input_error(path, "holds more than " + bytes_text(static_cast<std::int64_t>(limit)));
}

}  // namespace

Result<std::string> read_input(const std::string& path, std::size_t limit) {
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) return input_error(path, "there is no such file");
  if (std::filesystem::is_directory(status)) return input_error(path, "is a folder, not a file");
  const bool is_regular = std::filesystem::is_regular_file(status);
  if (!is_regular && !std::filesystem::is_fifo(status)) {
    return input_error(path, "is neither a file nor a pipe");
  }
  if (is_regular && std::filesystem::file_size(path, problem) > limit && !problem) {
    return too_large(path, limit);
  }
  // The size of a pipe is unknown, and a file may grow while it is read.
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  std::array<char, std::size_t{1} << 16U> piece{};
  while (file && bytes.size() <= limit) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (bytes.size() > limit) return too_large(path, limit);
  if (file.bad() || !file.eof()) return input_error(path, "the file cannot be read");
  if (is_gzip(bytes)) return gunzip(bytes, path, limit);
  return bytes;
}

}  // namespace tpuscope
