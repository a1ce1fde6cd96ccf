// The schedule of every network is in order, whatever its precision and its passes: an independent
// replay finds that engines take turns, that every byte read was written for the reader, and that
// every output is stored.

#include <doctest/doctest.h>

#include "passes/layer_group/plan_groups.h"
#include "passes/layer_group/switches.h"
#include "passes/pipeline.h"
#include "passes/precision.h"
#include "sim/engine.h"
#include "sim/schedule_check.h"
#include "sim/simulator.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

struct Outcome {
  Graph graph{};
  Simulation simulation{};
};

/// Empty where the chip cannot run an op.
std::optional<Outcome> run(const Graph& network, const Chip& chip, DType precision,
                           const std::string& preset) {
  Outcome outcome{.graph = network};
  const std::vector<std::string> switches = *parse_switches(preset);
  const DType float_type = float_type_of(chip);
  REQUIRE(lower_precision(outcome.graph, {.precision = precision, .float_type = float_type}).ok());
  REQUIRE(run_pipeline(outcome.graph, {.switches = switches}).ok());
  const Result<Plan> plan =
      plan_layer_groups(outcome.graph, chip, with_switches(GroupOptions{}, switches));
  if (!plan.ok()) return std::nullopt;
  outcome.simulation = *simulate(outcome.graph, chip, *plan);
  return outcome;
}

Errors errors_of(const Outcome& outcome, const Chip& chip) {
  return check_schedule(outcome.graph, chip, outcome.simulation.plan, outcome.simulation.program,
                        outcome.simulation.timeline);
}

TEST_CASE("every network's schedule is in order") {
  const Chip chip = *load_chip("bm1684x");
  std::size_t runs = 0;
  for (const std::string& name : testing::all_models()) {
    const Result<Graph> network = load_graph(name);
    REQUIRE(network.ok());
    for (const auto& choice :
         {std::pair{DType::kF32, "baseline"}, std::pair{DType::kF16, "baseline"},
          std::pair{DType::kF16, "optimized"}, std::pair{DType::kI8, "optimized"}}) {
      const DType precision = choice.first;  // Clang 14 does not capture structured bindings
      const char* preset = choice.second;
      CAPTURE(name);
      CAPTURE(name_of(precision));
      CAPTURE(preset);
      const auto outcome = run(*network, chip, precision, preset);
      if (!outcome) continue;
      ++runs;
      for (const Error& error : errors_of(*outcome, chip))
        FAIL_CHECK(error.message);
    }
  }
  CHECK(runs >= 3 * testing::all_models().size());
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
        const auto outcome = run(network, chip, precision, "optimized");
        if (!outcome) continue;
        ++runs;
        for (const Error& error : errors_of(*outcome, chip))
          FAIL_CHECK(error.message);
      }
    }
  }
  CHECK(runs >= (testing::kIsSanitized ? 15U : 60U));
}

TEST_CASE("loads that do not wait for the readers of their places are found") {
  const Chip chip = *load_chip("bm1684x");
  auto outcome = run(*load_graph("resnet50"), chip, DType::kF16, "optimized");
  REQUIRE(outcome.has_value());
  for (Command& command : outcome->simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) command.wait_id = 0;
  }
  outcome->simulation.timeline = run(outcome->simulation.program, chip);
  CHECK(errors_of(*outcome, chip).size() == kMaxErrors);
}

}  // namespace
}  // namespace tpuscope
