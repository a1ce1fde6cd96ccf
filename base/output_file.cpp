// Files by way of a temporary and a rename, with POSIX calls, which report why they fail.

#include "base/output_file.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& path, const std::string& message, std::string hint = "") {
  return {
      .code = ErrorCode::kCannotWrite, .message = message, .where = path, .hint = std::move(hint)};
}

/// Whether an existing file carries the mark of this program.
bool is_own(const std::string& path, const std::string& mark) {
  if (mark.empty()) return false;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return false;
  std::array<char, 4096> head{};
  const std::size_t size = std::fread(head.data(), 1, head.size(), file);
  std::fclose(file);
  return std::string_view(head.data(), size).find(mark) != std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       const OutputOptions& options) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) return cannot_write(path, "is a directory");
  // Devices and pipes hold nothing to lose and cannot be replaced by a rename.
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) return cannot_write(path, std::strerror(errno));
    return std::unique_ptr<OutputFile>(new OutputFile(path, "", file));
  }
  if (fs::exists(status) && !options.force && !is_own(path, options.own_mark)) {
    return cannot_write(path, "the file exists and was not written by this command",
                        "replace it with --force, or choose another name");
  }
  // A link keeps its target: the file that it points to is replaced.
  const fs::path real = fs::weakly_canonical(path, ignored);
  const std::string target = ignored || real.empty() ? path : real.string();
  std::string temporary = target + ".XXXXXX";
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) return cannot_write(path, std::strerror(errno));
  // mkstemp makes files private; results are as readable as other files the user makes.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, static_cast<mode_t>(0666U & ~mask));
  std::FILE* file = fdopen(descriptor, "wb");
  TPU_CHECK(file != nullptr, "fdopen of a new file");
  return std::unique_ptr<OutputFile>(new OutputFile(target, std::move(temporary), file));
}

OutputFile::OutputFile(std::string path, std::string temporary, std::FILE* file)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(file) {}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  TPU_CHECK(file_ != nullptr, "{} is written after its commit", path_);
  if (error_ != 0 || bytes.empty()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) error_ = errno;
}

Status OutputFile::commit() {
  TPU_CHECK(file_ != nullptr, "{} is committed twice", path_);
  if (std::fclose(std::exchange(file_, nullptr)) != 0 && error_ == 0) error_ = errno;
  if (temporary_.empty()) {
    if (error_ != 0) return cannot_write(path_, std::strerror(error_));
    return Ok{};
  }
  if (error_ == 0 && std::rename(temporary_.c_str(), path_.c_str()) != 0) error_ = errno;
  if (error_ == 0) return Ok{};
  unlink(temporary_.c_str());
  return cannot_write(path_, std::strerror(error_));
}

}  // namespace tpuscope
