// The digest by OpenSSL's EVP, and its bytes as text.

#include "base/sha256.h"

#include <array>
#include <openssl/evp.h>

#include <fmt/core.h>

#include "base/check.h"

namespace tpuscope {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  TPU_CHECK(done == 1, "OpenSSL has no SHA-256");
  std::string text;
  for (unsigned int i = 0; i < size; ++i)
    text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace tpuscope
