// What each switch gives, on networks small enough to run many times.

#include "profiles/whatif/comparison.h"

#include <numeric>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope::test {
namespace {

/// One attention block as exporters write it: one permute before the heads are sliced apart.
constexpr std::string_view kAttention = R"(
  x = Input f32[8,49,96]
  w = Weight f32[96,288]
  qkv = MatMul(x, w)
  split = Reshape(qkv) shape=[8,49,3,3,32]
  heads = Permute(split) order=[2,0,3,1,4]
  q5 = Slice(heads) starts=[0,0,0,0,0] extents=[1,8,3,49,32]
  k5 = Slice(heads) starts=[1,0,0,0,0] extents=[1,8,3,49,32]
  v5 = Slice(heads) starts=[2,0,0,0,0] extents=[1,8,3,49,32]
  q = Reshape(q5) shape=[8,3,49,32]
  k = Reshape(k5) shape=[8,3,49,32]
  v = Reshape(v5) shape=[8,3,49,32]
  kt = Permute(k) order=[0,1,3,2]
  s = MatMul(q, kt)
  p = Softmax(s) axis=3
  o = MatMul(p, v)
  t = Permute(o) order=[0,2,1,3]
  y = Reshape(t) shape=[8,49,96]
  return y
)";

Variants variants_of_comparison(Graph graph) {
  return Variants(std::make_shared<Compiler>(std::move(graph)));
}

Configuration comparison_run(const std::string& switches) {
  return {.switches = *parse_switches(switches)};
}

TEST_CASE("a variant's figures are those of the network compiled and simulated by hand") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  for (const std::string switches : {"none", "baseline", "optimized"}) {
    CAPTURE(switches);
    const Graph graph = testing::prepared(testing::graph_of(kAttention), DType::kF16, switches);
    const Chip chip = *load_chip("bm1684x");
    const Plan plan = testing::planned(graph, chip, testing::grouping(switches));
    const Result<Simulation> by_hand = simulate(graph, chip, plan);
    REQUIRE(by_hand.ok());
    const auto figures = variants.figures(comparison_run(switches));
    REQUIRE(figures.ok());
    CHECK(figures->makespan == by_hand->timeline.makespan);
  }
}

TEST_CASE("equal variants are simulated once") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const auto ask = [&](const std::string& switches) {
    CHECK(variants.figures(comparison_run(switches)).ok());
    return variants.simulated();
  };
  CHECK(ask("none") == 1);
  CHECK(ask("none") == 1);
  // Without groups the planner's switches change nothing, and there is no ReLU to fuse.
  CHECK(ask("local.squeeze") == 1);
  CHECK(ask("fuse_relu") == 1);
  CHECK(ask("layer_group") == 2);
}

TEST_CASE("a makespan that was asked for alone is that of the figures, and counts once") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const std::vector<Configuration> both = {comparison_run("baseline"), comparison_run("optimized")};
  const auto makespans = variants.makespans(both);
  REQUIRE(makespans.ok());
  CHECK(variants.simulated() == 2);
  const auto figures = variants.figures(both);
  CHECK(variants.simulated() == 2);
  for (std::size_t i = 0; i < both.size(); ++i) {
    REQUIRE(figures[i].ok());
    CHECK(figures[i]->makespan == makespans->at(i));
    CHECK(figures[i]->ddr_bytes > 0);
  }
  CHECK(*variants.makespans(both) == *makespans);
  // What cannot run has an error each time, whichever way it is asked.
  Configuration impossible = comparison_run("baseline");
  impossible.chip = "bm1684";
  impossible.precision.precision = DType::kF16;
  CHECK_FALSE(variants.makespans({impossible}).ok());
  CHECK_FALSE(variants.figures(impossible).ok());
}

TEST_CASE("steps lead from before to after, and the averages add up to the gain") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const Configuration before = comparison_run("baseline");
  // What came later follows the compiler and need not pay.
  const Configuration after{.switches = *parse_switches("optimized", 2023)};
  const Result<SwitchStudy> study = study_switches(variants, before, after.switches);
  REQUIRE(study.ok());
  const std::vector<SwitchStep>& steps = study->steps;
  REQUIRE(steps.size() == 1 + after.switches.size() - before.switches.size());
  CHECK(steps.front().makespan == variants.figures(before)->makespan);
  CHECK(steps.back().makespan == variants.figures(after)->makespan);
  // The first step is the first switch alone, and what precedes the last is the last left out.
  CHECK(steps[1].makespan == steps[1].alone);
  CHECK(steps.back().left_out == steps[steps.size() - 2].makespan);
  std::int64_t saved = 0;
  for (const SwitchStep& step : steps)
    saved += step.average.value;
  const std::int64_t gain = steps.front().makespan.value - steps.back().makespan.value;
  CHECK(gain > 0);
  // Each average is rounded to a picosecond.
  CHECK(std::abs(saved - gain) <= static_cast<std::int64_t>(steps.size()));
}

TEST_CASE("what makes no difference in its place nor when it is left out takes no share") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const Result<SwitchStudy> study =
      study_switches(variants, comparison_run("none"), SwitchSet::all());
  REQUIRE(study.ok());
  const std::vector<SwitchStep>& steps = study->steps;
  std::size_t neutral = 0;
  std::size_t sharing = 0;
  for (std::size_t i = 1; i < steps.size(); ++i) {
    const bool is_neutral =
        steps[i].makespan == steps[i - 1].makespan && steps[i].left_out == steps.back().makespan;
    if (is_neutral) CHECK(steps[i].average.value == 0);
    neutral += is_neutral ? 1U : 0U;
    sharing += steps[i].average.value != 0 ? 1U : 0U;
  }
  CHECK(neutral > 0);
  CHECK(sharing > 1);
}

TEST_CASE("nobody has a share where nothing changes") {
  Variants variants = variants_of_comparison(testing::graph_of("x = Input f32[4]\ny = Neg(x)"));
  const Result<SwitchStudy> study =
      study_switches(variants, comparison_run("optimized,-fuse_relu"), SwitchSet::all());
  REQUIRE(study.ok());
  REQUIRE(study->steps.size() == 2);
  CHECK(study->steps[1].makespan == study->steps[0].makespan);
  CHECK(study->steps[1].average.value == 0);
}

TEST_CASE("steps come in the order in which compilers got them") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const Result<SwitchStudy> study =
      study_switches(variants, comparison_run("none"), SwitchSet::all());
  REQUIRE(study.ok());
  int year = 0;
  for (const SwitchStep& step : study->steps) {
    if (step.name.empty()) continue;
    CHECK(find_switch(step.name)->since >= year);
    year = find_switch(step.name)->since;
  }
  CHECK(year == compiler_years().back());
}

TEST_CASE("switches that are taken away are steps too, with the gain the other way round") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const Configuration few = comparison_run("baseline");
  const Configuration many = comparison_run("baseline,+hdim_is_batch,+sink_permute");
  const Result<SwitchStudy> up = study_switches(variants, few, many.switches);
  const Result<SwitchStudy> down = study_switches(variants, many, few.switches);
  REQUIRE(up.ok());
  REQUIRE(down.ok());
  REQUIRE(down->steps.size() == up->steps.size());
  for (std::size_t i = 1; i < up->steps.size(); ++i) {
    CHECK(down->steps[i].name == "-" + up->steps[i].name);
    CHECK(down->steps[i].average.value == -up->steps[i].average.value);
  }
}

TEST_CASE("precisions stand side by side, those that a chip lacks are left out") {
  Variants variants = variants_of_comparison(testing::graph_of(kAttention));
  const std::vector<PrecisionRow> rows = precision_table(variants, {});
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].precision == DType::kF32);
  CHECK(rows[1].precision == DType::kF16);
  CHECK(rows[2].precision == DType::kI8);
  for (const PrecisionRow& row : rows)
    CHECK(row.presets.size() == presets().size());
  CHECK(rows[1].presets.back().makespan < rows[0].presets.back().makespan);
  CHECK(precision_table(variants, {.precision = {.precision = DType::kBF16}}).size() == 4);
  const Configuration without{.overrides = {{"cube.f16_channels", "0"}},
                              .precision = {.precision = DType::kF32}};
  for (const PrecisionRow& row : precision_table(variants, without))
    CHECK(row.precision != DType::kF16);
}

}  // namespace
}  // namespace tpuscope::test
