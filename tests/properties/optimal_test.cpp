// The thorough search against the compiler's: on every network it expects no longer time, and what
// it chooses is simulated no slower.

#include <doctest/doctest.h>

#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

// The thorough search of long runs takes seconds, and many times that in other builds.
#ifdef NDEBUG
constexpr bool kIsQuick = !testing::kIsSanitized;
#else
constexpr bool kIsQuick = false;
#endif

/// Beyond so many ops the thorough search takes minutes and finds nothing of another kind.
constexpr std::size_t kMostOps = 250;

TEST_CASE("optimal <= dp on every network of up to 250 ops, expected and simulated") {
  const Chip chip = *load_chip("bm1684x", {});
  const std::vector<std::string> names =
      kIsQuick ? testing::all_models() : std::vector<std::string>{"resnet50"};
  std::size_t better = 0;
  std::size_t compared = 0;
  for (const std::string& name : names) {
    CAPTURE(name);
    const Graph graph = testing::prepared(name, DType::kF16, "optimized");
    if (graph.size() > kMostOps) continue;
    const Plan dp = testing::planned(graph, chip, testing::grouping("optimized"));
    const Plan optimal =
        testing::planned(graph, chip, testing::grouping("optimized", GroupMethod::kOptimal));
    CHECK(testing::expected_time(optimal) <= testing::expected_time(dp));
    // Neighbouring groups cost each other what no expectation holds: the last word between the two
    // searches has the simulation.
    const Result<Simulation> simulated_dp = simulate(graph, chip, dp);
    const Result<Simulation> simulated = simulate(graph, chip, optimal);
    REQUIRE(simulated_dp.ok());
    REQUIRE(simulated.ok());
    CHECK(simulated->timeline.makespan <= simulated_dp->timeline.makespan);
    ++compared;
    better += simulated->timeline.makespan < simulated_dp->timeline.makespan ? 1U : 0U;
  }
  CHECK(compared > (kIsQuick ? 10 : 0));
  CHECK(better >= (kIsQuick ? compared / 4 : 0));  // it is worth its time
}

}  // namespace
}  // namespace tpuscope
