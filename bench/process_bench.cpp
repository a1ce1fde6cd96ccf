// The whole program, as a user waits for it. The goal of `profile swin_t` is half a second and
// 200 MB.

#include <string>
#include <sys/resource.h>
#include <vector>

#include <benchmark/benchmark.h>

#include "tests/support/places.h"
#include "tests/support/process.h"

namespace tpuscope {
namespace {

void run_program(benchmark::State& state, const std::vector<std::string>& arguments) {
  for ([[maybe_unused]] const auto _ : state) {
    if (test::run_process(test::program_path(), arguments).exit_code != 0) {
      state.SkipWithError("the program failed");
      return;
    }
  }
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  // The most of all runs so far; Linux counts in KiB.
  state.counters["peak_bytes"] = static_cast<double>(usage.ru_maxrss) * 1024;
}
BENCHMARK_CAPTURE(run_program, profile, std::vector<std::string>{"profile", "swin_t"})
    ->Name("process/profile/swin_t")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_program, compare, std::vector<std::string>{"compare", "swin_t"})
    ->Name("process/compare/swin_t")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tpuscope
