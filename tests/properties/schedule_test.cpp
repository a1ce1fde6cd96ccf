// The schedule of every network is in order and beats no physics, whatever its precision and its
// passes. An independent replay finds that engines take turns, that every byte read was written for
// the reader, and that every output is stored; and no run takes less than the bytes that must cross
// the bus at peak bandwidth, the products at peak rate, or an engine's own work.

#include <doctest/doctest.h>

#include "sim/engine/engine.h"
#include "sim/verify/schedule_check.h"
#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

Errors errors_of_schedule(const testing::GraphRun& run, const Chip& chip) {
  const Simulation& simulation = run.simulation;
  return check_schedule(run.graph, chip, simulation.program, simulation.timeline);
}

void check_order_schedule(const testing::GraphRun& run, const Chip& chip) {
  for (const Error& error : errors_of_schedule(run, chip))
    FAIL_CHECK(error.message);
}

std::int64_t busy(const Simulation& simulation, Engine engine) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < simulation.program.commands.size(); ++i) {
    if (simulation.program.commands[i].engine != engine) continue;
    sum += (simulation.timeline.end[i] - simulation.timeline.start[i]).value;
  }
  return sum;
}

void check_physics(const Simulation& simulation, const Chip& chip) {
  const Timeline& timeline = simulation.timeline;
  const std::int64_t spent = (timeline.makespan - timeline.launch).value;
  CHECK(spent >= simulation.bounds.ddr_time.value);
  CHECK(spent >= simulation.bounds.compute_time.value);
  CHECK(spent >= busy(simulation, Engine::kBdc));
  CHECK(spent >= busy(simulation, Engine::kGdma));
  for (const Group& group : simulation.plan.groups)
    REQUIRE(group.peak_local_bytes() <= chip.local_bytes_per_lane());
}

TEST_CASE("every network's schedule is in order and beats no physics") {
  const Chip chip = *load_chip("bm1684x");
  std::size_t refused = 0;
  for (const std::string& name : testing::all_models()) {
    const Result<Graph> network = load_graph(name);
    REQUIRE(network.ok());
    for (const auto& choice :
         {std::pair{DType::kF32, "baseline"}, std::pair{DType::kF16, "none"},
          std::pair{DType::kF16, "baseline"}, std::pair{DType::kF16, "optimized"},
          std::pair{DType::kI8, "none"}, std::pair{DType::kI8, "optimized"}}) {
      const DType precision = choice.first;  // Clang 14 does not capture structured bindings
      const char* preset = choice.second;
      CAPTURE(name);
      CAPTURE(name_of(precision));
      CAPTURE(preset);
      const auto run = testing::simulated(*network, chip, precision, preset);
      if (!run) {
        ++refused;
        continue;
      }
      check_physics(run->simulation, chip);
      check_order_schedule(*run, chip);
    }
  }
  CHECK(refused == 0);
}

TEST_CASE("schedules are in order on every chip, at every precision that it has") {
  std::size_t runs = 0;
  for (const char* chip_name : {"bm1684", "bm1688", "cv186x"}) {
    const Chip chip = *load_chip(chip_name);
    for (const std::string& name : builtin_names()) {
      if (testing::kIsSanitized && name != "resnet50" && name != "swin_t") continue;
      const Graph network = *load_graph(name);
      for (const DType precision : {DType::kF32, DType::kF16, DType::kI8}) {
        if (peak_macs_per_cycle(chip, precision) == 0) continue;
        CAPTURE(chip_name);
        CAPTURE(name);
        CAPTURE(name_of(precision));
        const auto run = testing::simulated(network, chip, precision, "optimized");
        if (!run) continue;
        ++runs;
        check_order_schedule(*run, chip);
      }
    }
  }
  CHECK(runs >= (testing::kIsSanitized ? 15U : 60U));
}

TEST_CASE("loads that do not wait for the readers of their places are found") {
  const Chip chip = *load_chip("bm1684x");
  auto outcome = testing::simulated(*load_graph("resnet50"), chip, DType::kF16, "optimized");
  REQUIRE(outcome.has_value());
  for (Command& command : outcome->simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) command.wait_id = 0;
  }
  outcome->simulation.timeline = run(outcome->simulation.program, chip);
  CHECK(errors_of_schedule(*outcome, chip).size() == kMaxErrors);
}

TEST_CASE("large convolutions reach what the machine reaches: OpenPose at 85 % of its peak") {
  const Chip chip = *load_chip("bm1684x");
  for (const DType precision : {DType::kF16, DType::kI8}) {
    CAPTURE(name_of(precision));
    const auto outcome =
        testing::simulated(*load_graph("openpose_coco_368"), chip, precision, "optimized");
    REQUIRE(outcome.has_value());
    const Simulation& simulation = outcome->simulation;
    const auto useful = static_cast<double>(simulation.bounds.compute_time.value);
    CHECK(useful / static_cast<double>(simulation.timeline.makespan.value) >= 0.85);
  }
}

}  // namespace
}  // namespace tpuscope
