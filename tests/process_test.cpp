// The helper that runs programs is itself held to its rules: the command line's tests rest on it.

#include "tests/support/process.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

namespace tpuscope::test {
namespace {

ProcessResult shell_process(const std::string& line) {
  return run_process("/bin/sh", {"-c", line});
}

TEST_CASE("a process gives its exit code and both outputs apart") {
  const ProcessResult result = shell_process("echo out; echo err >&2; exit 3");
  CHECK(result.exit_code == 3);
  CHECK(result.out == "out\n");
  CHECK(result.err == "err\n");
  CHECK_FALSE(result.timed_out);
}

TEST_CASE("both outputs may be larger than a pipe holds") {
  const std::size_t size = 300'000;
  const ProcessResult result =
      shell_process("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero");
  CHECK(result.out.size() == size);
  CHECK(result.err.size() == size);
}

TEST_CASE("a signal counts as 128 and its number, as in a shell") {
  CHECK(shell_process("kill -TERM $$").exit_code == 128 + 15);
}

TEST_CASE("a program that hangs is killed") {
  const ProcessResult result =
      run_process("/bin/sleep", {"60"}, {.timeout = std::chrono::milliseconds(50)});
  CHECK(result.timed_out);
  CHECK(result.exit_code == 128 + 9);
}

TEST_CASE("a program that does not exist exits with 127") {
  CHECK(run_process("/no/such/program", {}).exit_code == 127);
}

TEST_CASE("a temporary folder holds what was written and is gone afterwards") {
  std::filesystem::path path;
  {
    const TemporaryFolder folder;
    path = folder.path();
    folder.write("b", "2");
    CHECK(read_bytes(folder.write("a", "1")) == "1");
    CHECK(folder.listing() == "a b");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace tpuscope::test
