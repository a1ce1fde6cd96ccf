// Sources in files. zlib reads plain files as they are.

#include "base/byte_source.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <vector>
#include <zlib.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// Memory is taken as bytes arrive, so that a length in a damaged file costs none.
constexpr std::size_t kSourcePiece = std::size_t{1} << 20U;

class FileSource : public ByteSource {
 public:
  FileSource(gzFile file, std::string where, std::optional<std::uint64_t> size)
      : file_(file), where_(std::move(where)), size_(size) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { gzclose_r(file_); }

  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return with_location(read_at(offset, size), where_);
  }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) {
    if (offset > static_cast<std::uint64_t>(std::numeric_limits<z_off_t>::max()))
      return MemorySource::cut_short();
    if (gzseek(file_, static_cast<z_off_t>(offset), SEEK_SET) < 0) return MemorySource::cut_short();
    std::string bytes;
    while (bytes.size() < size) {
      const std::size_t piece = std::min(kSourcePiece, size - bytes.size());
      const std::size_t before = bytes.size();
      bytes.resize(before + piece);
      const int count = gzread(file_, bytes.data() + before, static_cast<unsigned>(piece));
      if (count < 0) return Error{.message = "the file cannot be read, or is damaged gzip"};
      if (static_cast<std::size_t>(count) < piece) return MemorySource::cut_short();
    }
    return bytes;
  }

  gzFile file_;
  std::string where_;
  std::optional<std::uint64_t> size_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(const std::string& path) {
  const std::string where = sanitised_utf8(path);
  std::error_code problem;
  const std::filesystem::file_status status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) {
    return Error{.message = "there is no such file", .where = where};
  }
  if (!std::filesystem::is_regular_file(status)) {
    return Error{.message = "is no file that can be read in parts", .where = where};
  }
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Error{.message = "the file cannot be read", .where = where};
  std::optional<std::uint64_t> size;
  if (gzdirect(file) != 0) size = std::filesystem::file_size(path, problem);
  if (problem) size.reset();
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(file, where, size));
}

}  // namespace tpuscope
