// Files in the engine of pages: what a page takes along was decompressed when it was put there, so
// nothing is decompressed here, and what is compressed all the same is refused. Only emscripten
// compiles this file, in the place of base/byte_source.cpp and base/gzip.cpp: there is no zlib.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_source.h"
#include "base/gzip.h"
#include "base/input_file.h"
#include "base/text.h"

namespace tpuscope {
namespace {

/// A file that was read whole.
class WholeFile : public ByteSource {
 public:
  explicit WholeFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::string> read(std::uint64_t offset, std::size_t size) override {
    return MemorySource(bytes_).read(offset, size);
  }
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_source(const std::string& path) {
  TPU_TRY(std::string bytes, read_input(path));
  return std::unique_ptr<ByteSource>(std::make_unique<WholeFile>(std::move(bytes)));
}

bool is_gzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<std::string> gunzip(std::string_view, const std::string& where, std::size_t) {
  return Error{.code = ErrorCode::kUnsupported,
               .message = "compressed files are not read in pages",
               .where = sanitised_utf8(where)};
}

}  // namespace tpuscope
