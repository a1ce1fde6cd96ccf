// The pipeline: which switches a text names, the fixed point, and what runs report.

#include "passes/pipeline.h"

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::graph_of;

TEST_CASE("a specification is a preset with edits, in running order") {
  const auto all = switch_names();
  CHECK(*parse_switches("optimized") == all);
  CHECK(parse_switches("none")->empty());
  CHECK(*parse_switches("+cancel_permutes,split_qkv_permute") ==
        std::vector<std::string>{"split_qkv_permute", "cancel_permutes"});
  CHECK(parse_switches("optimized,-cancel_permutes")->size() == all.size() - 1);
}

TEST_CASE("an unknown switch is a usage error with a suggestion") {
  const auto switches = parse_switches("cancel_permute");
  REQUIRE_FALSE(switches.ok());
  CHECK(switches.error().code == ErrorCode::kUsage);
  CHECK(switches.error().hint == "did you mean \"cancel_permutes\"?");
}

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
  const auto result = run_pipeline(graph, {.switches = switch_names(), .verify_each = true});
  REQUIRE(result.ok());
  CHECK(result->counter("cancel_permutes", "pairs cancelled") == 2);
  CHECK(count_permutes(graph) == 0);
  CHECK(result->reached_fixed_point);
}

TEST_CASE("stopping after N changes leaves the rest undone") {
  Graph graph = graph_of(kTwoPairs);
  int changes = 0;
  PipelineOptions options{.switches = switch_names(), .stop_after = 0};
  options.on_change = [&](const Graph&, const PassRun&) { ++changes; };
  const auto result = run_pipeline(graph, options);
  REQUIRE(result.ok());
  CHECK(changes == 0);
  CHECK_FALSE(result->reached_fixed_point);
  CHECK(count_permutes(graph) == 4);
}

TEST_CASE("a second run of the pipeline changes nothing") {
  Graph graph = graph_of(kTwoPairs);
  REQUIRE(run_pipeline(graph, {.switches = switch_names()}).ok());
  const std::string settled = to_text(graph);
  const auto again = run_pipeline(graph, {.switches = switch_names()});
  for (const PassRun& run : again->runs)
    CHECK_FALSE(run.changed);
  CHECK(to_text(graph) == settled);
}

}  // namespace
}  // namespace tpuscope
