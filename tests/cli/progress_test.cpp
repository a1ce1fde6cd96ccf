// The line that shows how far long work is: only where somebody watches, only after a moment, and
// gone when the work is done.

#include "cli/progress.h"

#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "tests/cli/errors.h"

namespace tpuscope::test {
namespace {

using std::chrono::milliseconds;

/// What stands on standard error after work that tells of 3 of 4 pieces and then takes `length`.
std::string shown(Console console, milliseconds patience, milliseconds length) {
  StringSink err;
  console.err = &err;
  {
    Progress progress(console, patience);
    const ProgressListener listener = progress.listener();
    listener("simulating  variant", 0, 4);
    listener("simulating  variant", 3, 4);
    std::this_thread::sleep_for(length);
    progress.say("said");
  }
  return err.text();
}

TEST_CASE("a terminal shows how far the work is and then a clean line") {
  const std::string text = shown({.err_is_terminal = true}, milliseconds(1), milliseconds(100));
  CHECK(contains(text, "\rsimulating  variant  3/4  eta "));
  CHECK(contains(text, " \rsaid\n"));
}

TEST_CASE("short work, files and users who want quiet see no progress") {
  CHECK(shown({.err_is_terminal = true}, milliseconds(60'000), milliseconds(1)) == "said\n");
  CHECK(shown({.err_is_terminal = false}, milliseconds(1), milliseconds(20)) == "said\n");
  CHECK(shown({.is_quiet = true, .err_is_terminal = true}, milliseconds(1), milliseconds(20))
            .empty());
}

}  // namespace
}  // namespace tpuscope::test
