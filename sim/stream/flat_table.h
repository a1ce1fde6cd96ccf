// Flatbuffers, read without their schema compiler: tables whose fields are found by number. Nothing
// is trusted: what is outside reads as absent and marks the buffer as damaged. References lead
// forward only, so that reading ends; a buffer whose parts share so much that it would take far
// more reads than it has bytes is damaged as well.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tpuscope {

class FlatBuffer;

/// Where bytes lie after the flatbuffer: the vendor's struct `Binary`.
struct Extent {
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

/// One table. Fields are numbered from 0; an absent field reads as the fallback, 0 or empty.
class FlatTable {
 public:
  FlatTable() = default;  ///< in which every field is absent

  std::uint32_t u32(unsigned field, std::uint32_t fallback = 0) const;
  std::int32_t i32(unsigned field, std::int32_t fallback = 0) const;
  std::uint64_t u64(unsigned field, std::uint64_t fallback = 0) const;
  std::string text(unsigned field) const;
  Extent extent(unsigned field) const;
  FlatTable table(unsigned field) const;
  std::vector<FlatTable> tables(unsigned field) const;
  std::vector<std::uint64_t> u64s(unsigned field) const;
  bool has(unsigned field) const { return place(field) != 0; }

 private:
  friend class FlatBuffer;
  FlatTable(const FlatBuffer* buffer, std::uint64_t at) : buffer_(buffer), at_(at) {}
  /// Of a field in the buffer; 0: absent.
  std::uint64_t place(unsigned field) const;
  /// Of what the field refers to, and how many elements it has there; {0, 0}: absent.
  struct Elements {
    std::uint64_t at = 0;
    std::uint32_t count = 0;
  };
  Elements elements(unsigned field, std::uint64_t element_bytes) const;

  const FlatBuffer* buffer_ = nullptr;
  std::uint64_t at_ = 0;
};

class FlatBuffer {
 public:
  /// The bytes must outlive it and its tables.
  explicit FlatBuffer(std::string_view bytes) : bytes_(bytes) {}
  FlatBuffer(const FlatBuffer&) = delete;
  FlatBuffer& operator=(const FlatBuffer&) = delete;

  FlatTable root() const;
  /// Whether anything that was read so far lay outside.
  bool is_damaged() const { return is_damaged_; }

 private:
  friend class FlatTable;
  /// A little-endian number of `count` bytes; 0 outside.
  std::uint64_t number(std::uint64_t at, unsigned count) const;
  bool holds(std::uint64_t at, std::uint64_t count) const;
  FlatTable table_at(std::uint64_t at) const;
  /// Counts what is read; far more than there is comes from shared parts.
  void spend(std::uint64_t bytes) const;

  std::string_view bytes_;
  mutable bool is_damaged_ = false;
  mutable std::uint64_t spent_ = 0;  ///< bytes that were read: each table has bytes of its own
};

}  // namespace tpuscope
