// How fast layer groups are found and how much memory that takes: on the built-in networks by every
// method, and how the search grows with the number of operators.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <string>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "passes/planner/plan_groups.h"

namespace {

// Heap in use and its peak. The process's own peak would be that of whatever benchmark ran before.
std::atomic<std::size_t> live_heap = 0;
std::atomic<std::size_t> peak_heap = 0;

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = live_heap += malloc_usable_size(memory);
  if (now > peak_heap) peak_heap = now;
  return memory;
}

// Not inlined: GCC would take std::free for the wrong partner of operator new.
[[gnu::noinline]] void release(void* memory) noexcept {
  if (memory != nullptr) live_heap -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  return counted(std::malloc(std::max<std::size_t>(size, 1)));
}
void operator delete(void* memory) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  release(memory);
}

namespace tpuscope {
namespace {

/// Plans in a loop and reports the most heap that one plan held besides what was there before.
void plan_in_loop(benchmark::State& state, const Graph& graph, const Chip& chip,
                  const GroupOptions& options) {
  const std::size_t before = live_heap;
  peak_heap = before;
  for ([[maybe_unused]] const auto _ : state) {
    Plan plan = bench::must(plan_layer_groups(graph, chip, options));
    benchmark::DoNotOptimize(plan);
  }
  state.counters["peak_mib"] = static_cast<double>(peak_heap - before) / (1 << 20);
}

GroupOptions options_of(GroupMethod method) {
  return with_switches({.method = method}, SwitchSet::all());
}

void plan_network(benchmark::State& state, const std::string& model, GroupMethod method) {
  Compiler compiler(bench::must(load_graph(model)));
  const auto network = bench::must(compiler.network({}));
  plan_in_loop(state, network->graph, bench::must(load_chip("bm1684x")), options_of(method));
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

void plan_chain(benchmark::State& state, GroupMethod method) {
  const Graph graph = chain(state.range(0));
  plan_in_loop(state, graph, bench::must(load_chip("bm1684x")), options_of(method));
  state.SetComplexityN(state.range(0));
}

TPU_REGISTER([] {
  for (const GroupMethod method : {GroupMethod::kGreedy, GroupMethod::kDp, GroupMethod::kOptimal}) {
    const std::string name = "groups/" + std::string(name_of(method)) + "/chain";
    benchmark::RegisterBenchmark(name.c_str(), plan_chain, method)
        ->RangeMultiplier(2)
        ->Range(50, 1000)
        ->Unit(benchmark::kMillisecond)
        ->Complexity();
  }
  for (const std::string& model : builtin_names()) {
    for (const GroupMethod method :
         {GroupMethod::kGreedy, GroupMethod::kDp, GroupMethod::kOptimal}) {
      const std::string name = "groups/" + std::string(name_of(method)) + "/" + model;
      benchmark::RegisterBenchmark(name.c_str(), plan_network, model, method)
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}());

}  // namespace
}  // namespace tpuscope
