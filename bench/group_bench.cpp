// How fast layer groups are found: on the built-in networks by every method, and how the search
// grows with the number of operators.

#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "passes/layer_group/plan_groups.h"
#include "passes/layer_group/switches.h"

namespace tpuscope {
namespace {

GroupOptions options_of(GroupMethod method) {
  return with_switches({.method = method}, bench::must(parse_switches("optimized")));
}

void plan_network(benchmark::State& state, const std::string& model, GroupMethod method) {
  Graph graph = bench::must(load_graph(model));
  bench::must(lower_precision(graph, DType::kF16));
  bench::must(run_pipeline(graph, {.switches = bench::must(parse_switches("optimized"))}));
  const Chip chip = bench::must(load_chip("bm1684x"));
  const GroupOptions options = options_of(method);
  for ([[maybe_unused]] const auto _ : state) {
    Plan plan = bench::must(plan_layer_groups(graph, chip, options));
    benchmark::DoNotOptimize(plan);
  }
}

/// A chain of convolutions, a third of them with a branch around them.
Graph chain(std::int64_t ops) {
  std::string text = "x0 = Input f16[1,64,56,56]\nw = Weight f16[64,64,3,3]\n";
  for (std::int64_t i = 1; i <= ops; ++i) {
    const std::string now = "x" + std::to_string(i);
    const std::string before = "x" + std::to_string(i - 1);
    if (i % 3 == 0) {
      text += now + " = Add(" + before + ", x" + std::to_string(i - 3) + ")\n";
    } else {
      text += now + " = Conv(" + before + ", w) pads=[1,1,1,1]\n";
    }
  }
  return bench::must(parse_graph(text + "return x" + std::to_string(ops) + "\n"));
}

void plan_chain(benchmark::State& state) {
  const Graph graph = chain(state.range(0));
  const Chip chip = bench::must(load_chip("bm1684x"));
  const GroupOptions options = options_of(GroupMethod::kDp);
  for ([[maybe_unused]] const auto _ : state) {
    Plan plan = bench::must(plan_layer_groups(graph, chip, options));
    benchmark::DoNotOptimize(plan);
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(plan_chain)
    ->Name("groups/dp/chain")
    ->RangeMultiplier(2)
    ->Range(50, 1000)
    ->Unit(benchmark::kMillisecond)
    ->Complexity();

[[maybe_unused]] const bool registered = [] {
  for (const std::string& model : builtin_names()) {
    for (const GroupMethod method :
         {GroupMethod::kGreedy, GroupMethod::kDp, GroupMethod::kOptimal}) {
      const std::string name = "groups/" + std::string(name_of(method)) + "/" + model;
      benchmark::RegisterBenchmark(name.c_str(), plan_network, model, method)
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace tpuscope
