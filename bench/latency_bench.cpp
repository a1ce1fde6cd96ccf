// Simulated latency of every built-in network, before and after the optimisation, in FP32, FP16 and
// INT8: what the chip would take stands in the counters, what the simulation of it takes is the
// measured time.

#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"

namespace tpuscope {
namespace {

void run_network(benchmark::State& state, const std::string& model, DType precision,
                 const std::string& preset) {
  const Chip chip = bench::chip();
  const std::vector<std::string> switches = bench::must(parse_switches(preset));
  Graph graph = bench::must(load_graph(model));
  bench::must(lower_precision(graph, precision));
  bench::must(run_pipeline(graph, {.switches = switches}));
  const Plan plan = bench::must(
      plan_layer_groups(graph, chip, with_switches({.method = GroupMethod::kDp}, switches)));
  Simulation simulation;
  for ([[maybe_unused]] const auto _ : state) {
    simulation = bench::must(simulate(graph, chip, plan));
    benchmark::DoNotOptimize(simulation);
  }
  const Summary summary = summarise(
      simulation, charge_makespan(simulation.program, simulation.timeline), chip, precision);
  state.counters["chip_ms"] = static_cast<double>(summary.makespan.value) * 1e-9;
  state.counters["moved_GB"] =
      static_cast<double>(summary.ddr_read_bytes + summary.ddr_write_bytes) * 1e-9;
  state.counters["useful_%"] = 100 * summary.compute_utilisation;
}

TPU_REGISTER([] {
  for (const std::string& model : builtin_names()) {
    for (const DType precision : {DType::kF32, DType::kF16, DType::kI8}) {
      for (const std::string preset : {"baseline", "optimized"}) {
        const std::string name = "latency/" + model + "/" + std::string(precision_name(precision)) +
                                 (preset == "baseline" ? "/before" : "/after");
        benchmark::RegisterBenchmark(name.c_str(), run_network, model, precision, preset)
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return true;
}());

}  // namespace
}  // namespace tpuscope
