// Nothing simulated beats physics, whatever the network, its precision and its passes: not the
// bytes that must cross the bus at peak bandwidth, not the products at peak rate, not an engine's
// own work.

#include <doctest/doctest.h>

#include "passes/layer_group/plan_groups.h"
#include "passes/layer_group/switches.h"
#include "passes/pipeline.h"
#include "passes/precision.h"
#include "sim/simulator.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

/// The run of a network, or empty where the chip cannot hold an op's smallest tile.
std::optional<Simulation> run(Graph graph, const Chip& chip, DType precision,
                              const std::string& preset) {
  REQUIRE(lower_precision(graph, precision).ok());
  REQUIRE(verify(graph).ok());
  const std::vector<std::string> switches = *parse_switches(preset);
  REQUIRE(run_pipeline(graph, {.switches = switches}).ok());
  const Result<Plan> plan = plan_layer_groups(graph, chip, with_switches(GroupOptions{}, switches));
  if (!plan.ok()) {
    CHECK(plan.error().code == ErrorCode::kUnsupported);
    return std::nullopt;
  }
  Result<Simulation> simulation = simulate(graph, chip, *plan);
  REQUIRE(simulation.ok());
  return *std::move(simulation);
}

std::int64_t busy(const Simulation& simulation, Engine engine) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < simulation.program.commands.size(); ++i) {
    if (simulation.program.commands[i].engine != engine) continue;
    sum += (simulation.timeline.end[i] - simulation.timeline.start[i]).value;
  }
  return sum;
}

TEST_CASE("no network beats physics") {
  const Chip chip = *load_chip("bm1684x", {});
  std::size_t runs = 0;
  std::size_t refused = 0;
  for (const std::string& name : testing::all_models()) {
    const Result<Graph> graph = load_graph(name);
    REQUIRE(graph.ok());
    for (const auto& choice : {std::pair{DType::kF32, "baseline"}, std::pair{DType::kF16, "none"},
                               std::pair{DType::kF16, "optimized"}, std::pair{DType::kI8, "none"},
                               std::pair{DType::kI8, "optimized"}}) {
      const DType precision = choice.first;  // Clang 14 does not capture structured bindings
      const char* preset = choice.second;
      CAPTURE(name);
      CAPTURE(name_of(precision));
      CAPTURE(preset);
      const auto simulation = run(*graph, chip, precision, preset);
      if (!simulation) {
        ++refused;
        continue;
      }
      ++runs;
      const Timeline& timeline = simulation->timeline;
      const std::int64_t spent = (timeline.makespan - timeline.launch).value;
      CHECK(spent >= simulation->bounds.ddr_time.value);
      CHECK(spent >= simulation->bounds.compute_time.value);
      CHECK(spent >= busy(*simulation, Engine::kBdc));
      CHECK(spent >= busy(*simulation, Engine::kGdma));
      for (const Group& group : simulation->plan.groups) {
        REQUIRE(group.peak_local_bytes() <= chip.local_bytes_per_lane());
      }
    }
  }
  CHECK(runs >= 3 * testing::all_models().size());
  CHECK(refused == 0);
}

TEST_CASE("large convolutions reach what the machine reaches: OpenPose at 85 % of its peak") {
  const Chip chip = *load_chip("bm1684x", {});
  for (const DType precision : {DType::kF16, DType::kI8}) {
    CAPTURE(name_of(precision));
    const auto simulation = run(*load_graph("openpose_coco_368"), chip, precision, "optimized");
    REQUIRE(simulation.has_value());
    const auto useful = static_cast<double>(simulation->bounds.compute_time.value);
    CHECK(useful / static_cast<double>(simulation->timeline.makespan.value) >= 0.85);
  }
}

}  // namespace
}  // namespace tpuscope
