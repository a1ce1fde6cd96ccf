// The digest by OpenSSL's EVP, and its bytes as text.

#include "base/sha256.h"

#include <array>
#include <fstream>
#include <memory>
#include <openssl/evp.h>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"

namespace tpuscope {
namespace {

using DigestBytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex_text(const DigestBytes& digest, unsigned int size) {
  std::string text;
  for (unsigned int i = 0; i < size; ++i)
    text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  DigestBytes digest{};
  unsigned int size = 0;
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  TPU_CHECK(done == 1, "OpenSSL has no SHA-256");
  return hex_text(digest, size);
}

Result<std::string> sha256_of_file(const std::string& path) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;
  const auto free_context = [](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); };
  const std::unique_ptr<EVP_MD_CTX, decltype(free_context)> context(EVP_MD_CTX_new(), free_context);
  TPU_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1,
            "OpenSSL has no SHA-256");
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{.message = "cannot be opened", .where = sanitised_utf8(path)};
  std::string piece(kPieceBytes, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    TPU_CHECK(EVP_DigestUpdate(context.get(), piece.data(), count) == 1, "a digest goes on");
  }
  if (file.bad()) return Error{.message = "cannot be read", .where = sanitised_utf8(path)};
  DigestBytes digest{};
  unsigned int size = 0;
  TPU_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1, "a digest ends");
  return hex_text(digest, size);
}

}  // namespace tpuscope
