// How fast Swin-T is rewritten: each switch alone, all together (also as the exporter wrote it,
// from 6,623 nodes), and the change of precision.

#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "tests/support/places.h"

namespace tpuscope {
namespace {

void run_switches(benchmark::State& state, const std::string& model, const SwitchSet& passes) {
  Graph lowered = bench::must(load_graph(model));
  bench::must(lower_precision(lowered, DType::kF16));
  for ([[maybe_unused]] const auto _ : state) {
    Graph graph = lowered;
    PipelineResult result = bench::must(run_pipeline(graph, {.switches = passes}));
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

/// Permutes that cancel in pairs around elementwise ops: work for several passes in each link.
void rewrite_chain(benchmark::State& state) {
  std::string text = "x0 = Input f16[8,64,3,32]\n";
  for (std::int64_t i = 1; i <= state.range(0); ++i) {
    text += fmt::format("a{0} = Permute(x{1}) order=[0,2,1,3]\nb{0} = Relu(a{0})\n", i, i - 1) +
            fmt::format("x{0} = Permute(b{0}) order=[0,2,1,3]\n", i);
  }
  const Graph chain = bench::must(parse_graph(text + fmt::format("return x{}\n", state.range(0))));
  for ([[maybe_unused]] const auto _ : state) {
    Graph graph = chain;
    PipelineResult result = bench::must(run_pipeline(graph, {.switches = SwitchSet::all()}));
    benchmark::DoNotOptimize(result);
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(rewrite_chain)
    ->Name("passes/all/chain")
    ->RangeMultiplier(4)
    ->Range(16, 1024)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

/// From the list of switches, so that a new one is measured without a line here.
void register_passes() {
  for (const std::string& name : pass_names()) {
    benchmark::RegisterBenchmark(("passes/" + name + "/swin_t").c_str(), run_switches, "swin_t",
                                 SwitchSet{name})
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RegisterBenchmark("passes/all/swin_t", run_switches, "swin_t", SwitchSet::all())
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("passes/all/swin_t_torchvision_raw", run_switches,
                               test::source_folder() + "/tests/models/swin_t_torchvision_raw.onnx",
                               SwitchSet::all())
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace tpuscope

/// Passes register themselves when the program starts, so what is made from their list is not.
int main(int argc, char** argv) {
  tpuscope::register_passes();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
