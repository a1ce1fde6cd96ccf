// Causes of times that are many times their bound: made-up runs of which a person can add up the
// parts.

#include "profiles/report/excess.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/profiles/timelines.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

/// A launch of 100, so much of each step after it, a bound of 10.
Summary run_of(const std::vector<Excess::Cause>& steps) {
  Summary summary{.makespan = {100}, .bound = {10}};
  summary.waterfall[Step::kLaunch] = {100};
  for (const Excess::Cause& part : steps) {
    summary.waterfall[part.step] += part.time;
    summary.makespan += part.time;
  }
  return summary;
}

TEST_CASE("a run within six times its bound needs no cause") {
  const Excess excess = excess_of(run_of({{Step::kUsefulCompute, {10}}, {Step::kPadding, {50}}}));
  CHECK(excess.times == 6);
  CHECK(excess.causes.empty());
  CHECK(excess.is_explained({10}));
}

TEST_CASE("the largest parts are the causes, as many as it takes") {
  // 200 in all: 120 of padding leave 80, and 50 of loads 30, which is within 6 x 10.
  const Excess excess = excess_of(run_of({{Step::kExposedLoad, {50}},
                                          {Step::kUsefulCompute, {10}},
                                          {Step::kPadding, {120}},
                                          {Step::kIssue, {20}}}));
  CHECK(excess.times == 20);
  REQUIRE(excess.causes.size() == 2);
  CHECK(excess.causes[0].step == Step::kPadding);
  CHECK(excess.causes[1].step == Step::kExposedLoad);
  CHECK(excess.rest.value == 30);
  CHECK(excess.is_explained({10}));
}

TEST_CASE("products are a cause only where all else does not suffice") {
  // 70 of products, 5 of starts: without the latter 70 are left, more than 6 x 10.
  const Excess excess = excess_of(run_of({{Step::kUsefulCompute, {70}}, {Step::kIssue, {5}}}));
  REQUIRE(excess.causes.size() == 2);
  CHECK(excess.causes[0].step == Step::kIssue);
  CHECK(excess.causes[1].step == Step::kUsefulCompute);
  // Here the padding suffices, although products take longer.
  CHECK(excess_of(run_of({{Step::kUsefulCompute, {50}}, {Step::kPadding, {40}}})).causes.size() ==
        1);
}

TEST_CASE("time that no part of a run accounts for is not explained") {
  Summary summary = run_of({{Step::kPadding, {50}}});
  summary.makespan += Picoseconds{100};
  CHECK_FALSE(excess_of(summary).is_explained({10}));
}

TEST_CASE("a run far from its bound says so, one near it does not") {
  const auto written_of = [](std::string_view format, std::string_view text) {
    const Graph graph = testing::graph_of(text);
    const Chip chip = *load_chip("bm1684x");
    const Profile profile = make_profile(graph, simulated(graph, chip), chip, {}, {});
    return written(format, {.after = &profile});
  };
  // 64 columns are on two of 64 lanes, 32 each.
  const std::string_view narrow =
      "x = Input f32[64,65536]\nw = Weight f32[65536,64]\ny = MatMul(x, w)\nreturn y\n";
  const std::string_view near = "x = Input f32[64,65536]\ny = Neg(x)\nreturn y\n";
  CHECK(
      written_of("text", narrow).find("x the lower bound without the launch: alignment padding") !=
      std::string::npos);
  CHECK(written_of("text", near).find("x the lower bound") == std::string::npos);
  const auto report = nlohmann::json::parse(written_of("json", narrow));
  const auto& excess = report["summary"]["bound_excess"];
  CHECK(excess["times"] > kNearBound);
  CHECK(excess["causes"][0]["name"] == "alignment_padding");
  std::int64_t parts = excess["rest_ps"];
  for (const auto& cause : excess["causes"])
    parts += cause["time_ps"].get<std::int64_t>();
  for (const auto& step : report["waterfall"]) {
    if (step["name"] == "launch") parts += step["time_ps"].get<std::int64_t>();
  }
  CHECK(parts == report["summary"]["time_ps"]);
  CHECK(nlohmann::json::parse(written_of("json", near))["summary"].count("bound_excess") == 0);
}

}  // namespace
}  // namespace tpuscope::test
