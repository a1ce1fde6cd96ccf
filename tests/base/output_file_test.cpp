// Output files appear complete or not at all.

#include "base/output_file.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

TEST_CASE("a file has its name only after commit") {
  const TemporaryFolder folder;
  const std::string path = folder.file("out.json");
  {
    const auto file = OutputFile::create(path, {});
    REQUIRE(file.ok());
    (*file)->write("abc");
    CHECK(!std::filesystem::exists(path));
    CHECK((*file)->commit().ok());
  }
  CHECK(read_bytes(path) == "abc");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file that is not committed leaves nothing behind") {
  const TemporaryFolder folder;
  {
    const auto file = OutputFile::create(folder.file("out.json"), {});
    REQUIRE(file.ok());
    (*file)->write("abc");
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("an existing file is replaced by force or when it is our own, and kept otherwise") {
  const TemporaryFolder folder;
  const std::string theirs = folder.write("a", "letter to a friend");
  const auto refused = OutputFile::create(theirs, {.own_mark = "tpuscope.report"});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kCannotWrite);
  CHECK(refused.error().hint.find("--force") != std::string::npos);
  CHECK(read_bytes(theirs) == "letter to a friend");

  const std::string ours = folder.write("b", "{\"kind\":\"tpuscope.report\"}");
  const auto replaced = OutputFile::create(ours, {.own_mark = "tpuscope.report"});
  REQUIRE(replaced.ok());
  (*replaced)->write("new");
  CHECK((*replaced)->commit().ok());
  CHECK(read_bytes(ours) == "new");

  const auto forced = OutputFile::create(theirs, {.force = true});
  REQUIRE(forced.ok());
  CHECK((*forced)->commit().ok());
  CHECK(read_bytes(theirs).empty());
}

TEST_CASE("a folder that is missing or a target that is a folder is an error") {
  const TemporaryFolder folder;
  const auto missing = OutputFile::create(folder.file("no/such/file"), {});
  REQUIRE(!missing.ok());
  CHECK(missing.error().code == ErrorCode::kCannotWrite);
  CHECK(!OutputFile::create(folder.path().string(), {.force = true}).ok());
}

TEST_CASE("a device that takes no byte is an error at commit") {
  const auto file = OutputFile::create("/dev/full", {});
  REQUIRE(file.ok());
  (*file)->write(std::string(100'000, 'x'));
  const Status status = (*file)->commit();
  REQUIRE(!status.ok());
  CHECK(status.error().code == ErrorCode::kCannotWrite);
}

}  // namespace
}  // namespace tpuscope::test
