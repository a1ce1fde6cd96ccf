// The file that a user is asked to send after a failure of ours.

#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>

#include "cli/program.h"
#include "tests/support/cli.h"
#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

/// Where temporary files go while a test runs.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(const std::string& folder) {
    const char* before = std::getenv("TMPDIR");
    before_ = before == nullptr ? "" : before;
    setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFiles() { before_.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", before_.c_str(), 1); }
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;

 private:
  std::string before_{};
};

TEST_CASE("the failure file repeats the call and shows the network without values of weights") {
  const TemporaryFolder folder;
  const std::string network =
      folder.write("net.tpu",
                   "x = Input f32[3]\nw = Weight f32[3] {1.25, 77.5, 3}\ny = Add(x, w)\n"
                   "two = Weight f32[] {2}\nz = Pow(y, two)\n");
  const TemporaryFolder temporary;
  const TemporaryFiles guard(temporary.path().string());
  const std::string file = write_reproducer({"profile", network}, "a check failed");
  REQUIRE_FALSE(file.empty());
  const std::string text = read_bytes(file);
  CHECK(contains(text, "a check failed"));
  CHECK(contains(text, "\"profile\""));
  CHECK(contains(text, "Add(x, w)"));
  CHECK(contains(text, "Weight f32[3]"));
  CHECK_FALSE(contains(text, "77.5"));
  CHECK(contains(text, "{2}"));  // a single number is no weight, and rewrites depend on it
}

TEST_CASE("each failure has a new file, so that none is written through somebody's link") {
  const TemporaryFolder temporary;
  const TemporaryFiles guard(temporary.path().string());
  const std::string first = write_reproducer({"check"}, "once");
  const std::string second = write_reproducer({"check"}, "twice");
  CHECK(first != second);
  CHECK(contains(read_bytes(first), "once"));
  CHECK(contains(read_bytes(second), "twice"));
}

}  // namespace
}  // namespace tpuscope::test
