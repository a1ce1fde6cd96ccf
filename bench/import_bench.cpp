// How fast networks are read: ONNX files with everything that an import does (shapes, folding,
// idioms), and the text form. The goal is 200 ms for the raw export of about 6,600 nodes.

#include <fstream>
#include <iterator>
#include <string>

#include <benchmark/benchmark.h>

#include "graph/frontend.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

std::string read_model(const std::string& name) {
  std::ifstream stream(test::source_folder() + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void import_onnx(benchmark::State& state, const std::string& file) {
  const std::string bytes = read_model(file);
  for ([[maybe_unused]] const auto _ : state) {
    Result<Graph> graph = read_graph(file, bytes);
    if (!graph.ok()) {
      state.SkipWithError(graph.error().message.c_str());
      return;
    }
    benchmark::DoNotOptimize(graph);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK_CAPTURE(import_onnx, swin_t_torchvision_raw,
                  std::string("tests/models/swin_t_torchvision_raw.onnx"))
    ->Name("import/onnx/swin_t_torchvision_raw")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(import_onnx, swin_t, std::string("graph/builtin/swin_t.onnx"))
    ->Name("import/onnx/swin_t")
    ->Unit(benchmark::kMillisecond);

/// A chain of `length` elementwise ops.
std::string chain(std::int64_t length) {
  std::string text = "v0 = Input f32[1,64,56,56]\n";
  for (std::int64_t i = 1; i <= length; ++i) {
    text += "v" + std::to_string(i) + " = Relu(v" + std::to_string(i - 1) + ")\n";
  }
  return text;
}

void parse_text(benchmark::State& state) {
  const std::string text = chain(state.range(0));
  for ([[maybe_unused]] const auto _ : state) {
    Result<Graph> graph = parse_graph(text);
    if (!graph.ok()) {
      state.SkipWithError(graph.error().message.c_str());
      return;
    }
    benchmark::DoNotOptimize(graph);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetComplexityN(state.range(0));
}
BENCHMARK(parse_text)
    ->Name("import/text/chain")
    ->RangeMultiplier(10)
    ->Range(100, 10'000)
    ->Complexity();

}  // namespace
}  // namespace tpuscope
