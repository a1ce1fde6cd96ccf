// Digests of files are those of their bytes, however long.

#include "base/sha256.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

TEST_CASE("a file's digest is that of its bytes") {
  const TemporaryFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, (std::size_t{1} << 20U) + 1}) {
    const std::string bytes(size, 'x');
    const Result<std::string> digest = sha256_of_file(folder.write("file", bytes));
    REQUIRE(digest.ok());
    CHECK(*digest == sha256_hex(bytes));
  }
}

TEST_CASE("a file that is not there has no digest") {
  const TemporaryFolder folder;
  const Result<std::string> digest = sha256_of_file(folder.file("none"));
  REQUIRE(!digest.ok());
  CHECK(digest.error().message == "cannot be opened");
}

}  // namespace
}  // namespace tpuscope::test
