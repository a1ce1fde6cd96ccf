// The chain that makes a run as long as it is, and what follows from it.

#include "profiles/whatif/critical_path.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "sim/engine.h"
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

Run run_of(const std::string& model, DType precision, const std::string& switches,
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
                                           {"overhead.sync_cycles", "7"},
                                           {"overhead.fetch_cycles", "0"},
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
  for (const std::string chip : {"bm1684x", "bm1688", "bm1690"}) {
    for (const std::string model : {"swin_t", "resnet50", "yolov5s"}) {
      CAPTURE(chip);
      CAPTURE(model);
      const Run run = run_of(model, DType::kF16, "optimized", chip);
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

/// Changes of the makespan by the path and by the engines, both in picoseconds.
struct Changes {
  std::int64_t path = 0;
  std::int64_t engines = 0;
};

TEST_CASE("sensitivities agree with simulating the same plan at five percent more and less") {
  std::vector<std::string> models = {"swin_t", "resnet50", "bert_base_256", "yolov5s"};
  if (testing::kIsSanitized) models = {"swin_t"};
  for (const std::string& model : models) {
    for (const DType precision : {DType::kF16, DType::kI8}) {
      CAPTURE(model);
      const Run run = run_of(model, precision, "optimized");
      const std::int64_t makespan = run.simulation.timeline.makespan.value;
      const auto rounding = static_cast<std::int64_t>(run.simulation.program.commands.size());
      const std::vector<Sensitivity> rows = sensitivities(run.graph, run.simulation, run.chip);
      REQUIRE(rows.size() > 10);
      std::vector<Changes> changes;
      for (const Sensitivity& row : rows) {
        CAPTURE(row.path);
        const auto change = [&](double value, Picoseconds by_path) {
          const std::int64_t simulated =
              makespan_on(run, with_value(run.chip, row.path, value)).value;
          // One chain of many: the engines take at least as long.
          CHECK(by_path.value <= simulated + rounding);
          changes.push_back({by_path.value - makespan, simulated - makespan});
          // And hardly longer: another chain takes over for less than one percent of the run.
          CHECK(simulated - by_path.value < makespan / 100);
        };
        change(row.raised, row.when_raised);
        change(row.lowered, row.when_lowered);
      }
      // Where a change matters, the path tells most of it.
      for (const Changes& each : changes) {
        if (std::abs(each.engines) < makespan / 100) continue;
        CHECK(static_cast<double>(each.path) / static_cast<double>(each.engines) > 0.6);
        CHECK(static_cast<double>(each.path) / static_cast<double>(each.engines) < 1.5);
      }
    }
  }
}

TEST_CASE("more of a rate makes the run shorter, more of a latency longer") {
  const Run run = run_of("swin_t", DType::kF16, "optimized");
  const std::vector<Sensitivity> rows = sensitivities(run.graph, run.simulation, run.chip);
  const auto of = [&](const std::string& path) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const Sensitivity& each) { return each.path == path; });
    REQUIRE(row != rows.end());
    return *row;
  };
  CHECK(of("clock.dma_mhz").elasticity < 0);
  CHECK(of("clock.tiu_mhz").elasticity < 0);
  CHECK(of("gdma.start_cycles").elasticity > 0);
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
  const Run run = run_of("resnet50", DType::kF16, "optimized");
  const std::vector<Resized> rows = resized(run.graph, run.chip, run.options);
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
