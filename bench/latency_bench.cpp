// Simulated latency of every built-in network, before and after the optimisation, in FP32, FP16 and
// INT8: what the chip would take is in the counters, what the simulation of it takes is the
// measured time.

#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

namespace tpuscope {
namespace {

void run_network(benchmark::State& state, const std::string& model, DType precision,
                 const std::string& preset) {
  Compiler compiler(bench::must(load_graph(model)));
  const Compiled compiled = bench::must(compiler.compile(
      {.precision = {.precision = precision}, .switches = bench::must(parse_switches(preset))}));
  Simulation simulation;
  for ([[maybe_unused]] const auto _ : state) {
    simulation = bench::must(simulate(compiled.network->graph, *compiled.chip, compiled.plan));
    benchmark::DoNotOptimize(simulation);
  }
  const Summary summary =
      summarise(simulation, charge_makespan(simulation.program, simulation.timeline),
                *compiled.chip, precision);
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
