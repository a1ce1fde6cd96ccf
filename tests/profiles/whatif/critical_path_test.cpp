// The chain that makes a run as long as it is, and what follows from it.

#include "profiles/whatif/critical_path.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "sim/engine/engine.h"
#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope::test {
namespace {

struct Run {
  Graph graph{};
  Chip chip{};
  GroupOptions options{};
  Simulation simulation{};
};

Run run_of_critical_path(const std::string& model, DType precision, const std::string& switches,
                         const std::string& chip = "bm1684x") {
  Run run{.graph = testing::prepared(model, precision, switches),
          .chip = *load_chip(chip),
          .options = testing::grouping(switches)};
  Result<Simulation> simulation =
      simulate(run.graph, run.chip, testing::planned(run.graph, run.chip, run.options));
  REQUIRE(simulation.ok());
  run.simulation = *std::move(simulation);
  return run;
}

Picoseconds makespan_on(const Run& run, const Chip& chip) {
  const Result<Simulation> simulation = simulate(run.graph, chip, run.simulation.plan);
  REQUIRE(simulation.ok());
  return simulation->timeline.makespan;
}

TEST_CASE("a path of three commands is followed through both engines") {
  // A load of 100 cycles, a product of 50 that waits for it, a store of 30 that waits for that.
  const auto command = [](Engine engine, CommandKind kind, std::uint32_t id, std::uint32_t wait,
                          std::int64_t cycles) {
    return Command{.kind = kind,
                   .engine = engine,
                   .id = id,
                   .wait_id = wait,
                   .op = 0,
                   .group = 0,
                   .cost = {.useful = cycles}};
  };
  Program program;
  program.commands = {command(Engine::kGdma, CommandKind::kLoad, 1, 0, 100),
                      command(Engine::kBdc, CommandKind::kMatMul, 1, 1, 50),
                      command(Engine::kGdma, CommandKind::kLoad, 2, 0, 20),
                      command(Engine::kGdma, CommandKind::kStore, 3, 1, 30)};
  const Chip chip = *load_chip("bm1684x", {{"clock.tiu_mhz", "1000"},
                                           {"clock.dma_mhz", "1000"},
                                           {"command.sync_cycles", "7"},
                                           {"command.tiu_gap_cycles", "0"},
                                           {"overhead.launch_us", "1"}});
  const std::vector<PathStep> path = critical_path(program, run(program, chip), chip);
  // The second load ends long before the store starts, so it is not on the path.
  REQUIRE(path.size() == 3);
  CHECK(path[0].command == 0);
  CHECK(path[1].command == 1);
  CHECK(path[2].command == 3);
  CHECK(path[1].latency == Picoseconds{7000});
  CHECK(path[1].length == Picoseconds{50000});
  CHECK(path[2].reason == WaitReason::kDependency);
  CHECK(awaited_commands(program) == std::vector<std::uint32_t>{kNone, 0, kNone, 1});
}

TEST_CASE(
    "launch, latencies and lengths of the path add up to the makespan, on one core and more") {
  for (const std::string chip : {"bm1684x", "bm1688"}) {
    for (const std::string model : {"swin_t", "resnet50", "yolov5s"}) {
      CAPTURE(chip);
      CAPTURE(model);
      const Run run = run_of_critical_path(model, DType::kF16, "optimized", chip);
      const Simulation& simulation = run.simulation;
      Picoseconds sum = simulation.timeline.launch;
      Picoseconds end = simulation.timeline.launch;
      for (const PathStep& step :
           critical_path(simulation.program, simulation.timeline, run.chip)) {
        CHECK(step.latency.value >= 0);
        sum += step.latency + step.length;
        end += step.latency + step.length;
        CHECK(end == simulation.timeline.end[step.command]);
      }
      CHECK(sum == simulation.timeline.makespan);
    }
  }
}

TEST_CASE("sensitivities agree with simulating the same plan at five percent more and less") {
  std::vector<std::string> models = {"swin_t", "resnet50", "bert_base_256", "yolov5s"};
  if (testing::kIsSanitized) models = {"swin_t"};
  std::int64_t large = 0;
  std::int64_t close = 0;
  for (const std::string& model : models) {
    for (const DType precision : {DType::kF16, DType::kI8}) {
      CAPTURE(model);
      const Run run = run_of_critical_path(model, precision, "optimized");
      const std::int64_t makespan = run.simulation.timeline.makespan.value;
      const auto rounding = static_cast<std::int64_t>(run.simulation.program.commands.size());
      const std::vector<Sensitivity> rows = sensitivities(run.graph, run.simulation, run.chip);
      REQUIRE(rows.size() > 10);
      const auto compare = [&](const std::string& path, double value, Picoseconds by_path) {
        CAPTURE(path);
        CAPTURE(value);
        const std::int64_t simulated = makespan_on(run, with_value(run.chip, path, value)).value;
        // One chain of many: the engines take at least as long. Where both engines are equally
        // busy another chain takes over at once; for five percent of the value it makes less than
        // three percent of the run.
        CHECK(by_path.value <= simulated + rounding);
        CHECK(simulated - by_path.value < makespan * 3 / 100);
        if (std::abs(simulated - makespan) < makespan / 100) return;
        ++large;
        const double part = static_cast<double>(by_path.value - makespan) /
                            static_cast<double>(simulated - makespan);
        if (part > 0.75 && part < 1.34) ++close;
      };
      for (const Sensitivity& row : rows) {
        compare(row.path, row.raised, row.when_raised);
        compare(row.path, row.lowered, row.when_lowered);
      }
    }
  }
  // Of the changes that make a percent of the run or more, the path tells most to a quarter.
  CAPTURE(close);
  CHECK(large > 0);
  CHECK(close * 4 >= large * 3);
}

TEST_CASE("more of a rate makes the run shorter, more of a latency longer") {
  const Run run = run_of_critical_path("swin_t", DType::kF16, "optimized");
  const std::vector<Sensitivity> rows = sensitivities(run.graph, run.simulation, run.chip);
  const auto of = [&](const std::string& path) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const Sensitivity& each) { return each.path == path; });
    REQUIRE(row != rows.end());
    return *row;
  };
  CHECK(of("clock.dma_mhz").elasticity < 0);
  CHECK(of("clock.tiu_mhz").elasticity < 0);
  CHECK(of("command.load_start_cycles").elasticity > 0);
  // Of the launch the run follows exactly: it stands on every path.
  const Sensitivity launch = of("overhead.launch_us");
  CHECK(std::abs((launch.when_raised - run.simulation.timeline.makespan).value -
                 static_cast<std::int64_t>(1e6 * 0.05 * run.chip.overhead.launch_us)) <= 1000);
  // Largest effect first, and nothing without any.
  const auto effect = [&](const Sensitivity& row) {
    const Picoseconds now = run.simulation.timeline.makespan;
    return std::max(std::abs((row.when_raised - now).value),
                    std::abs((row.when_lowered - now).value));
  };
  CHECK(std::is_sorted(rows.begin(), rows.end(),
                       [&](const auto& a, const auto& b) { return effect(a) > effect(b); }));
  CHECK(effect(rows.back()) > 0);
}

TEST_CASE("other sizes are those of a machine planned for") {
  const Run run = run_of_critical_path("resnet50", DType::kF16, "optimized");
  Compiler compiler(*load_graph("resnet50"));
  const std::vector<Resized> rows = *resized(compiler, {.groups = {.plan_by = PlanBy::kSilicon}});
  REQUIRE(rows.size() == 4);
  for (const Resized& row : rows) {
    CAPTURE(row.path);
    const Chip chip = with_value(run.chip, row.path, row.value);
    REQUIRE(row.fits);
    const Result<Simulation> by_hand =
        simulate(run.graph, chip, testing::planned(run.graph, chip, run.options));
    REQUIRE(by_hand.ok());
    CHECK(row.makespan == by_hand->timeline.makespan);
  }
  CHECK(rows[0].path == "array.lanes");
  CHECK(rows[0].value * 4 == rows[1].value);
  CHECK(rows[0].makespan > rows[1].makespan);
}

}  // namespace
}  // namespace tpuscope::test
