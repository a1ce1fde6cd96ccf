// What must hold of layer groups on every network: the planner's times are those of the simulated
// commands, and better searches find no worse groups. The thorough search: optimal_test.cpp.

#include <algorithm>
#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "sim/engine/engine.h"
#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

/// From the first command of a group to the end of its last, both engines.
std::map<std::uint32_t, std::int64_t> group_times(const Simulation& simulation) {
  std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> spans;
  for (std::size_t i = 0; i < simulation.program.commands.size(); ++i) {
    const std::uint32_t group = simulation.program.commands[i].group;
    const std::int64_t start = simulation.timeline.start[i].value;
    const std::int64_t end = simulation.timeline.end[i].value;
    const auto [entry, is_new] = spans.emplace(group, std::pair(start, end));
    entry->second.first = std::min(entry->second.first, start);
    entry->second.second = std::max(entry->second.second, end);
  }
  std::map<std::uint32_t, std::int64_t> times;
  for (const auto& [group, span] : spans)
    times[group] = span.second - span.first;
  return times;
}

TEST_CASE("the planner's time of every group is that of its commands within 7 %") {
  const Chip chip = *load_chip("bm1684x", {});
  std::size_t groups = 0;
  for (const std::string& name : testing::all_models()) {
    const Graph graph = testing::prepared(name, DType::kF16, "optimized");
    Plan plan = testing::planned(graph, chip, testing::grouping("optimized"));
    plan.overlaps_groups = false;  // a group's commands by themselves
    const Result<Simulation> simulation = simulate(graph, chip, plan);
    REQUIRE(simulation.ok());
    const auto times = group_times(*simulation);
    for (std::uint32_t g = 0; g < plan.groups.size(); ++g) {
      const Group& group = plan.groups[g];
      if (group.layers() == nullptr) continue;
      ++groups;
      const auto expected = static_cast<double>(group.estimate.value);
      const auto simulated = static_cast<double>(times.at(g));
      CAPTURE(name);
      CAPTURE(g);
      CAPTURE(group.slice_count());
      CAPTURE(group.layers()->rows.size());
      CHECK(expected == doctest::Approx(simulated).epsilon(0.07));
    }
  }
  CHECK(groups > 4 * testing::all_models().size());
}

TEST_CASE("a better search expects no longer time: dp <= greedy <= none on every network") {
  const Chip chip = *load_chip("bm1684x", {});
  for (const std::string& name : testing::all_models()) {
    CAPTURE(name);
    const Graph graph = testing::prepared(name, DType::kF16, "optimized");
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    for (const GroupMethod method : {GroupMethod::kAlone, GroupMethod::kGreedy, GroupMethod::kDp}) {
      GroupOptions options = testing::grouping("optimized");
      options.method = method;
      const std::int64_t time = testing::expected_time(testing::planned(graph, chip, options));
      CAPTURE(name_of(method));
      CHECK(time <= before);
      before = time;
    }
  }
}

TEST_CASE("who knows what silicon takes plans no slower than the compiler, and sometimes faster") {
  // Time steps by silicon's prices are not always the better ones.
  constexpr double kAllowance = 1.006;
  const Chip chip = *load_chip("bm1684x", {});
  std::size_t faster = 0;
  for (const std::string& name : testing::all_models()) {
    CAPTURE(name);
    const Graph graph = testing::prepared(name, DType::kI8, "optimized");
    const auto time_by = [&](PlanBy prices) {
      GroupOptions options = testing::grouping("optimized");
      options.plan_by = prices;
      const Result<Simulation> run = simulate(graph, chip, testing::planned(graph, chip, options));
      REQUIRE(run.ok());
      return run->timeline.makespan.value;
    };
    const std::int64_t by_silicon = time_by(PlanBy::kSilicon);
    const std::int64_t by_compiler = time_by(PlanBy::kCompiler);
    CHECK(static_cast<double>(by_silicon) <= kAllowance * static_cast<double>(by_compiler));
    if (by_silicon < by_compiler) ++faster;
  }
  CHECK(faster > 2);
}

}  // namespace
}  // namespace tpuscope
