// How fast Swin-T is rewritten: each switch alone, all together (also as the exporter wrote it,
// from 6,623 nodes), and the change of precision.

#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

namespace tpuscope {
namespace {

void run_switches(benchmark::State& state, const std::string& model,
                  const std::vector<std::string>& switches) {
  Graph lowered = bench::must(load_graph(model));
  bench::must(lower_precision(lowered, DType::kF16));
  for ([[maybe_unused]] const auto _ : state) {
    Graph graph = lowered;
    PipelineResult result = bench::must(run_pipeline(graph, {.switches = switches}));
    benchmark::DoNotOptimize(result);
  }
}

void lower_to_f16(benchmark::State& state) {
  const Graph imported = bench::imported_swin();
  for ([[maybe_unused]] const auto _ : state) {
    Graph graph = imported;
    bench::must(lower_precision(graph, DType::kF16));
    benchmark::DoNotOptimize(graph);
  }
}
BENCHMARK(lower_to_f16)->Name("passes/precision/swin_t")->Unit(benchmark::kMillisecond);

// Registered from the list of switches, so that a new one is measured without a line here.
[[maybe_unused]] const bool registered = [] {
  for (const std::string& name : pass_names()) {
    benchmark::RegisterBenchmark(("passes/" + name + "/swin_t").c_str(), run_switches, "swin_t",
                                 std::vector<std::string>{name})
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("passes/all/swin_t", run_switches, "swin_t", pass_names())
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("passes/all/swin_t_torchvision_raw", run_switches,
                               TPUSCOPE_SOURCE_DIR "/tests/models/swin_t_torchvision_raw.onnx",
                               pass_names())
      ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace tpuscope
