// A sweep of Swin-T over chip numbers and switches on all cores. The goal is 1,000 points within a
// minute and 1 GB on two cores.

#include <sys/resource.h>
#include <thread>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "graph/batch.h"
#include "profiles/sweep/sweep.h"

namespace tpuscope {
namespace {

void sweep_swin(benchmark::State& state) {
  const Graph graph = bench::imported_swin();
  const Configuration base;
  // 5 x 5 x n x 8 points.
  std::vector<SweepAxis> axes = {
      bench::must(parse_axis("chip.command.load_bytes_per_cycle=16:48:8")),
      bench::must(parse_axis("chip.command.load_start_cycles=100:500:100")),
      bench::must(
          parse_axis(fmt::format("chip.clock.tiu_mhz=800:{}:50", 750 + 50 * state.range(0)))),
      bench::must(parse_axis("passes.sink_permute=on,off")),
      bench::must(parse_axis("passes.hdim_is_batch=on,off")),
      bench::must(parse_axis("passes.local.slice_5d=on,off"))};
  bench::must(check_axes(axes, base, batch_of(graph)));
  const SweepHeader header =
      bench::must(sweep_header("swin_t", "swin_t", "", base, graph, std::move(axes)));
  for ([[maybe_unused]] const auto _ : state) {
    const std::vector<SweepPoint> points =
        run_sweep(header, base, graph, {.jobs = std::thread::hardware_concurrency()});
    for (const SweepPoint& point : points) {
      if (!point.ok()) state.SkipWithError(point.error.c_str());
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
  state.counters["points"] = benchmark::Counter(static_cast<double>(header.size()),
                                                benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(sweep_swin)
    ->Name("sweep/swin_t/200_points_times")
    ->Arg(1)
    ->Arg(5)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tpuscope
