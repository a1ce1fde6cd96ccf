// Six bits a character.

#include "base/base64.h"

#include <cstddef>
#include <cstdint>

namespace tpuscope {

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

}  // namespace tpuscope
