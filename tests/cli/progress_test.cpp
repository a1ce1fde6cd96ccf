// The line that shows how far long work is: only where somebody watches, only after a moment, and
// gone when the work is done.

#include "cli/progress.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

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
  CHECK(contains(text, "\r[###############     ]  75 %  simulating  variant  3/4  eta "));
  CHECK(contains(text, " \rsaid\n"));
}

TEST_CASE("one bar goes through all steps of a command, and never back") {
  StringSink err;
  Console console{.err = &err, .err_is_terminal = true};
  std::vector<int> percents;
  {
    Progress progress(console, milliseconds(1));
    progress.expect(3);
    const ProgressListener listener = progress.listener();
    const auto draw = [&] { std::this_thread::sleep_for(milliseconds(130)); };
    listener("rewriting the network", 0, 0);
    draw();
    listener("searching layer groups", 0, 0);
    draw();
    listener("simulating  variant", 1, 2);
    draw();
    // A fourth and a fifth step that nobody expected.
    listener("simulating  variant", 0, 2);
    draw();
    listener("pricing  value", 1, 2);
    draw();
  }
  const std::string text = err.text();
  for (std::size_t at = text.find("] "); at != std::string::npos; at = text.find("] ", at + 1))
    percents.push_back(std::stoi(text.substr(at + 2)));
  CHECK(percents.size() >= 5);
  CHECK(std::is_sorted(percents.begin(), percents.end()));
  CHECK(percents.front() == 0);
  CHECK(std::find(percents.begin(), percents.end(), 33) != percents.end());
  CHECK(std::find(percents.begin(), percents.end(), 83) != percents.end());
  CHECK(percents.back() < 100);
}

TEST_CASE("the bar stands still where a step begins that nobody expected") {
  StringSink err;
  Console console{.err = &err, .err_is_terminal = true};
  {
    Progress progress(console, milliseconds(1));
    const ProgressListener listener = progress.listener();
    for (const std::size_t done : {3U, 0U}) {  // the second one is a new step
      listener("simulating  variant", done, 4);
      std::this_thread::sleep_for(milliseconds(130));
    }
  }
  CHECK(contains(err.text(), " 75 %  simulating  variant  3/4"));
  CHECK(contains(err.text(), " 75 %  simulating  variant  0/4"));
}

TEST_CASE("a caller within the process hears every step, though nobody watches") {
  std::vector<std::size_t> heard;
  const auto listener = [&](std::string_view, std::size_t done, std::size_t) {
    heard.push_back(done);
  };
  CHECK(shown({.listener = listener}, milliseconds(1), milliseconds(20)) == "said\n");
  CHECK(heard == std::vector<std::size_t>{0, 3});
}

TEST_CASE("short work, files and users who want quiet see no progress") {
  CHECK(shown({.err_is_terminal = true}, milliseconds(60'000), milliseconds(1)) == "said\n");
  CHECK(shown({.err_is_terminal = false}, milliseconds(1), milliseconds(20)) == "said\n");
  CHECK(shown({.is_quiet = true, .err_is_terminal = true}, milliseconds(1), milliseconds(20))
            .empty());
}

}  // namespace
}  // namespace tpuscope::test
