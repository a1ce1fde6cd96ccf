// The layout: at a table's place is the distance back to its vtable, a list of 16-bit numbers:
// its length, the table's length, then the place of each field within the table, 0 for none. What
// has no fixed size is elsewhere, at a distance that the field holds.

#include "sim/stream/flat_table.h"

namespace tpuscope {

std::uint64_t FlatBuffer::number(std::uint64_t at, unsigned count) const {
  if (!holds(at, count)) return 0;
  std::uint64_t value = 0;
  for (unsigned i = 0; i < count; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes_[at + i])} << (8 * i);
  return value;
}

bool FlatBuffer::holds(std::uint64_t at, std::uint64_t count) const {
  const bool is_inside = at <= bytes_.size() && count <= bytes_.size() - at;
  if (!is_inside) is_damaged_ = true;
  return is_inside;
}

void FlatBuffer::spend(std::uint64_t bytes) const {
  constexpr std::uint64_t kMostReads = 8;  // of one byte: writers share equal strings
  spent_ += bytes;
  if (spent_ / kMostReads > bytes_.size()) is_damaged_ = true;
}

FlatTable FlatBuffer::table_at(std::uint64_t at) const {
  spend(4);  // at least the distance to its vtable
  if (is_damaged_ || !holds(at, 4)) return {};
  return {this, at};
}

FlatTable FlatBuffer::root() const {
  return table_at(number(0, 4));
}

std::uint64_t FlatTable::place(unsigned field) const {
  if (buffer_ == nullptr || buffer_->is_damaged_) return 0;
  const auto distance = static_cast<std::int32_t>(buffer_->number(at_, 4));
  const std::int64_t vtable = static_cast<std::int64_t>(at_) - distance;
  if (vtable < 0) {
    buffer_->is_damaged_ = true;
    return 0;
  }
  const auto list = static_cast<std::uint64_t>(vtable);
  const std::uint64_t entry = 4 + 2 * std::uint64_t{field};
  if (entry + 2 > buffer_->number(list, 2)) return 0;
  const std::uint64_t within = buffer_->number(list + entry, 2);
  return within == 0 ? 0 : at_ + within;
}

std::uint32_t FlatTable::u32(unsigned field, std::uint32_t fallback) const {
  const std::uint64_t at = place(field);
  return at == 0 ? fallback : static_cast<std::uint32_t>(buffer_->number(at, 4));
}

std::int32_t FlatTable::i32(unsigned field, std::int32_t fallback) const {
  return static_cast<std::int32_t>(u32(field, static_cast<std::uint32_t>(fallback)));
}

std::uint64_t FlatTable::u64(unsigned field, std::uint64_t fallback) const {
  const std::uint64_t at = place(field);
  return at == 0 ? fallback : buffer_->number(at, 8);
}

Extent FlatTable::extent(unsigned field) const {
  const std::uint64_t at = place(field);
  return at == 0 ? Extent{} : Extent{buffer_->number(at, 8), buffer_->number(at + 8, 8)};
}

FlatTable::Elements FlatTable::elements(unsigned field, std::uint64_t element_bytes) const {
  const std::uint64_t at = place(field);
  if (at == 0) return {};
  const std::uint64_t list = at + buffer_->number(at, 4);
  const auto count = static_cast<std::uint32_t>(buffer_->number(list, 4));
  if (!buffer_->holds(list + 4, count * element_bytes)) return {};
  buffer_->spend(count * element_bytes);
  return {list + 4, count};
}

std::string FlatTable::text(unsigned field) const {
  const Elements letters = elements(field, 1);
  return letters.count == 0 ? std::string{}
                            : std::string(buffer_->bytes_.substr(letters.at, letters.count));
}

FlatTable FlatTable::table(unsigned field) const {
  const std::uint64_t at = place(field);
  return at == 0 ? FlatTable{} : buffer_->table_at(at + buffer_->number(at, 4));
}

std::vector<FlatTable> FlatTable::tables(unsigned field) const {
  const Elements list = elements(field, 4);
  std::vector<FlatTable> tables;
  for (std::uint64_t i = 0; i < list.count && !buffer_->is_damaged_; ++i) {
    const std::uint64_t at = list.at + 4 * i;
    tables.push_back(buffer_->table_at(at + buffer_->number(at, 4)));
  }
  return tables;
}

std::vector<std::uint64_t> FlatTable::u64s(unsigned field) const {
  const Elements list = elements(field, 8);
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < list.count; ++i)
    numbers.push_back(buffer_->number(list.at + 8 * i, 8));
  return numbers;
}

}  // namespace tpuscope
