// Variable-length integers in Base64: see packed_columns.h.

#include "profiles/views/html/packed_columns.h"

#include <string_view>

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

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits =
          bits << 8U | (i + j < bytes.size()
                            ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + j]))
                            : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool is_padding = i + j > bytes.size();
      text += is_padding ? '=' : kDigits[bits >> (18U - 6U * static_cast<std::uint32_t>(j)) & 63U];
    }
  }
  return text;
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
