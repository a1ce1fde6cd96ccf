// The pipeline: the fixed point, and what runs report.

#include "passes/pipeline.h"

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::graph_of;

const char* const kTwoPairs = R"(
  x = Input f32[2,3,4,5]
  a = Permute(x) order=[0,2,1,3]
  b = Permute(a) order=[0,2,1,3]
  c = Relu(b)
  d = Permute(c) order=[3,2,1,0]
  y = Permute(d) order=[3,2,1,0]
)";

TEST_CASE("runs report what they did") {
  Graph graph = graph_of(kTwoPairs);
  const auto result = run_pipeline(graph, {.switches = SwitchSet::all(), .verify_each = true});
  REQUIRE(result.ok());
  CHECK(result->counter("cancel_permutes", "pairs cancelled") == 2);
  CHECK(count_permutes(graph) == 0);
  CHECK(result->reached_fixed_point);
}

TEST_CASE("stopping after N changes leaves the rest undone") {
  Graph graph = graph_of(kTwoPairs);
  int changes = 0;
  PipelineOptions options{.switches = SwitchSet::all(), .stop_after = 0};
  options.on_change = [&](const Graph&, const PassRun&) { ++changes; };
  const auto result = run_pipeline(graph, options);
  REQUIRE(result.ok());
  CHECK(changes == 0);
  CHECK_FALSE(result->reached_fixed_point);
  CHECK(count_permutes(graph) == 4);
}

TEST_CASE("a second run of the pipeline changes nothing") {
  Graph graph = graph_of(kTwoPairs);
  REQUIRE(run_pipeline(graph, {.switches = SwitchSet::all()}).ok());
  const std::string settled = to_text(graph);
  const auto again = run_pipeline(graph, {.switches = SwitchSet::all()});
  for (const PassRun& run : again->runs)
    CHECK_FALSE(run.changed);
  CHECK(to_text(graph) == settled);
}

}  // namespace
}  // namespace tpuscope
