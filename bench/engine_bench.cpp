// How fast commands are planned, lowered and run. The goal of the two engines alone is 10 million
// commands per second on one core.

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "passes/lower/lower.h"
#include "passes/planner/plan_single_ops.h"
#include "sim/engine/engine.h"
#include "sim/verify/schedule_check.h"

namespace tpuscope {
namespace {

void run_engines(benchmark::State& state) {
  const Profile profile = bench::profiled_swin();
  const Chip chip = bench::chip();
  const Program& program = profile.simulation.program;
  for ([[maybe_unused]] const auto _ : state) {
    Timeline timeline = run(program, chip);
    benchmark::DoNotOptimize(timeline);
  }
  state.counters["commands/s"] = benchmark::Counter(static_cast<double>(program.commands.size()),
                                                    benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(run_engines)->Name("sim/engines/swin_t")->Unit(benchmark::kMillisecond);

void plan_ops(benchmark::State& state) {
  const Graph graph = bench::profiled_swin().graph;
  const Chip chip = bench::chip();
  for ([[maybe_unused]] const auto _ : state) {
    Plan plan = bench::must(plan_single_ops(graph, chip));
    benchmark::DoNotOptimize(plan);
  }
}
BENCHMARK(plan_ops)->Name("sim/plan/swin_t")->Unit(benchmark::kMillisecond);

void lower_plan(benchmark::State& state) {
  const Profile profile = bench::profiled_swin();
  const Chip chip = bench::chip();
  for ([[maybe_unused]] const auto _ : state) {
    Program program = bench::must(lower(profile.graph, chip, profile.simulation.plan));
    benchmark::DoNotOptimize(program);
  }
  state.counters["commands/s"] =
      benchmark::Counter(static_cast<double>(profile.simulation.program.commands.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(lower_plan)->Name("sim/lower/swin_t")->Unit(benchmark::kMillisecond);

/// Ops one after another, alone: commands grow with their number, and so should the time.
void simulate_chain(benchmark::State& state) {
  std::string text = "x0 = Input f16[1,64,56,56]\n";
  for (std::int64_t i = 1; i <= state.range(0); ++i)
    text += fmt::format("x{} = Relu(x{})\n", i, i - 1);
  const Graph graph = bench::must(parse_graph(text + fmt::format("return x{}\n", state.range(0))));
  const Chip chip = bench::chip();
  const Plan plan = bench::must(plan_single_ops(graph, chip));
  std::size_t commands = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const Simulation simulation = bench::must(simulate(graph, chip, plan));
    commands = simulation.program.commands.size();
  }
  state.counters["commands/s"] = benchmark::Counter(static_cast<double>(commands),
                                                    benchmark::Counter::kIsIterationInvariantRate);
  state.SetComplexityN(state.range(0));
}
BENCHMARK(simulate_chain)
    ->Name("sim/simulate/chain")
    ->RangeMultiplier(10)
    ->Range(100, 10'000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

void verify_schedule(benchmark::State& state) {
  const Profile profile = bench::profiled_swin();
  const Chip chip = bench::chip();
  const Simulation& simulation = profile.simulation;
  for ([[maybe_unused]] const auto _ : state) {
    Errors errors = check_schedule(profile.graph, chip, simulation.program, simulation.timeline);
    benchmark::DoNotOptimize(errors);
  }
  state.counters["commands/s"] =
      benchmark::Counter(static_cast<double>(simulation.program.commands.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(verify_schedule)->Name("sim/verify/swin_t")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tpuscope
