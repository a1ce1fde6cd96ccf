// Reads a whole file within a limit: see input_file.h.

#include "base/input_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sys/stat.h>
#include <utility>

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

/// The bytes of the file, up to one piece more than `limit`.
Result<std::string> bytes_of(const std::string& path, std::size_t limit) {
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
  return bytes;
}

/// What a pipe gave, by the pipe itself, since names like /dev/fd/63 are used again: whoever reads
/// a chip for a second run would find nothing left in it.
Result<std::string> bytes_of_pipe(const std::string& path, std::size_t limit) {
  static std::mutex guard;
  static std::map<std::pair<dev_t, ino_t>, std::string> known;
  struct stat pipe {};
  if (stat(path.c_str(), &pipe) != 0) return input_error(path, "there is no such file");
  const std::lock_guard lock(guard);
  const auto found = known.find({pipe.st_dev, pipe.st_ino});
  if (found != known.end()) return found->second;
  TPU_TRY(std::string bytes, bytes_of(path, limit));
  return known.emplace(std::pair(pipe.st_dev, pipe.st_ino), std::move(bytes)).first->second;
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
  TPU_TRY(std::string bytes, is_regular ? bytes_of(path, limit) : bytes_of_pipe(path, limit));
  if (is_gzip(bytes)) return gunzip(bytes, path, limit);
  return bytes;
}

}  // namespace tpuscope
