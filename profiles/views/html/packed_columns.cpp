// Variable-length integers in Base64: see packed_columns.h.

#include "profiles/views/html/packed_columns.h"

#include <string_view>

#include "base/base64.h"

namespace tpuscope {
namespace {

void append_number(std::string& bytes, std::int64_t value) {
  auto rest = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
  while (rest >= 0x80U) {
    bytes += static_cast<char>((rest & 0x7fU) | 0x80U);
    rest >>= 7U;
  }
  bytes += static_cast<char>(rest);
}

}  // namespace

std::string packed(const std::vector<std::int64_t>& column) {
  std::string values;
  std::string differences;
  std::int64_t last = 0;
  for (const std::int64_t value : column) {
    append_number(values, value);
    append_number(differences, value - last);
    last = value;
  }
  return differences.size() < values.size() ? "d" + base64(differences) : "v" + base64(values);
}

}  // namespace tpuscope
