// What the simulating verbs say about a run besides its results.

#include "cli/session.h"

#include <doctest/doctest.h>

#include "tests/support/cli.h"
#include "tests/support/graphs.h"

namespace tpuscope::test {
namespace {

SessionRun small_run() {
  const Session session{
      .source = "small.tpu",
      .compiler = std::make_shared<Compiler>(testing::graph_of("x = Input f32[1,64,32,32]\n"
                                                               "y = Relu(x)\nreturn y\n"))};
  Result<SessionRun> run = run_session(session, SwitchSet::all(), "optimized");
  REQUIRE(run.ok());
  return *std::move(run);
}

/// What a run's violations make the program say.
std::string said_of(const SessionRun& run, bool is_quiet = false) {
  StringSink err;
  Console console{.err = &err, .is_quiet = is_quiet};
  print_violations(run, console);
  return err.text();
}

TEST_CASE("a schedule that breaks rules of the machine is warned of, with the first rule") {
  SessionRun run = small_run();
  Timeline& timeline = run.profile.simulation.timeline;
  REQUIRE(timeline.start.size() > 1);
  // The last command starts with the launch: before what it reads is written.
  timeline.start.back() = timeline.launch;
  const std::string said = said_of(run);
  CAPTURE(said);
  CHECK(contains(said, "warning: the schedule breaks rules of the machine"));
  CHECK(contains(said, "`check` lists all"));
  CHECK(said_of(run, true).empty());
}

TEST_CASE("a schedule in order is not spoken of") {
  CHECK(said_of(small_run()).empty());
}

}  // namespace
}  // namespace tpuscope::test
