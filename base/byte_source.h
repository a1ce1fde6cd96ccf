// ByteSource: bytes that are read where they are wanted, so that a file of a gigabyte of which a
// megabyte matters takes a megabyte.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tpuscope {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Bytes [offset, offset + size); an error when the source ends before or cannot be read. Reading
  /// forward is fast in compressed files.
  virtual Result<std::string> read(std::uint64_t offset, std::size_t size) = 0;
  /// How many bytes there are; none where only reading all of them would tell.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

/// Bytes in memory, which must outlive the source.
class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  Result<std::string> read(std::uint64_t offset, std::size_t size) override;
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  /// The error of sources that end too soon.
  static Error cut_short();

 private:
  std::string_view bytes_;
};

/// A file, as it is or compressed with gzip. Errors name it.
Result<std::unique_ptr<ByteSource>> open_source(const std::string& path);

}  // namespace tpuscope
