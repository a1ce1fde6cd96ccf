// --timings: each step once, with what it took, on standard error and never among the results.

#include "cli/step_times.h"

#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/cli/errors.h"

namespace tpuscope::test {
namespace {

using std::chrono::milliseconds;

void work(milliseconds length) {
  std::this_thread::sleep_for(length);
}

TEST_CASE("steps that a listener hears of are told in order, and those of one name together") {
  StepTimes times;
  times.begin("reading the network");
  work(milliseconds(20));
  std::string heard;
  const ProgressListener listener =
      times.around([&](std::string_view what, std::size_t, std::size_t) { heard += what; });
  listener("rewriting", 0, 2);
  listener("rewriting", 1, 2);
  work(milliseconds(5));
  listener("simulating", 0, 0);
  listener("rewriting", 0, 1);
  StringSink err;
  times.print({.err = &err});
  CHECK(heard == "rewritingrewritingsimulatingrewriting");
  REQUIRE(times.steps().size() == 3);
  CHECK(times.steps()[0].what == "reading the network");
  CHECK(times.steps()[0].wall >= milliseconds(20));
  // Who sleeps takes time, not work.
  CHECK(times.steps()[0].cpu_seconds < 0.015);
  CHECK(times.steps()[1].what == "rewriting");
  CHECK(times.steps()[1].wall >= milliseconds(5));
  CHECK(contains(err.text(), "in all"));
  CHECK(contains(err.text(), "100.0 %"));
}

TEST_CASE("--timings adds nothing to the results, and without it nothing is said") {
  const ProcessResult plain = tpuscope({"profile", "resnet50"});
  const ProcessResult timed = tpuscope({"profile", "resnet50", "--timings"});
  CHECK(plain.out == timed.out);
  CHECK_FALSE(contains(plain.err, "own time"));
  CHECK(contains(timed.err, "own time"));
  for (const char* step :
       {"reading the network", "searching layer groups", "simulating", "writing the answer"}) {
    CHECK(contains(timed.err, step));
  }
}

}  // namespace
}  // namespace tpuscope::test
