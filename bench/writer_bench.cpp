// How fast views are written. The goals: 100 MB/s for the trace, 150 MB/s for the report.

#include <algorithm>

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "base/gzip.h"
#include "profiles/views/results.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

/// Counts and forgets: disks are not what is measured.
class NullSink : public ByteSink {
 public:
  void write(std::string_view bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    bytes_ += bytes.size();
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

/// A run long enough for a trace of a million events: engines in turn, each waiting for the other.
Profile long_run() {
  constexpr std::uint32_t kCommands = 190'000;
  Graph graph = bench::imported_swin();
  Simulation simulation;
  std::int64_t now = 1000;
  for (std::uint32_t i = 0; i < kCommands; ++i) {
    const bool is_bdc = i % 2 == 1;
    Command command{.kind = is_bdc ? CommandKind::kConv : CommandKind::kLoad,
                    .engine = is_bdc ? Engine::kBdc : Engine::kGdma,
                    .direction = is_bdc ? Direction::kNone : Direction::kDdrToLocal,
                    .rule = number_of(is_bdc ? InstructionRule::kConv16 : InstructionRule::kLoad),
                    .id = i / 2 + 1,
                    .wait_id = is_bdc ? i / 2 + 1 : i / 2,
                    .op = static_cast<std::uint32_t>(i / 100 % graph.size()),
                    .group = i / 100,
                    .cost = {.initial = 10, .useful = 50 + i % 40, .padding = 1},
                    .bytes = is_bdc ? 0 : 4096,
                    .ddr_read = is_bdc ? 0 : 4096,
                    .shape = {1, 64, 56, 56},
                    .result = {64 * (i % 100), 64}};
    simulation.program.commands.push_back(command);
    simulation.timeline.start.push_back({now});
    now += 90'909;  // fits no nanosecond
    simulation.timeline.end.push_back({now});
    simulation.timeline.waited.push_back({i == 0 ? 0 : 90'909});
    simulation.timeline.reason.push_back(WaitReason::kDependency);
  }
  simulation.timeline.makespan = {now};
  return make_profile(std::move(graph), std::move(simulation), bench::chip(), {}, {});
}

/// Goal: a million events in half a second, however compressed the sink keeps them.
void write_million_events(benchmark::State& state, bool compress) {
  const Profile profile = long_run();
  const Results results{.after = &profile};
  const Writer<Results>& writer = writer_called<Results>("trace");
  const WriterView view{.options = {{{"--trace-flows", "all"}}}};
  StringSink counted;
  static_cast<void>(writer.write(results, view, counted));
  const auto events = std::count(counted.text().begin(), counted.text().end(), '\n') - 2;
  for ([[maybe_unused]] const auto _ : state) {
    NullSink sink;
    if (compress) {
      GzipSink gzip(sink, "");
      benchmark::DoNotOptimize(writer.write(results, view, gzip));
      gzip.finish();
    } else {
      benchmark::DoNotOptimize(writer.write(results, view, sink));
    }
  }
  state.counters["events"] = static_cast<double>(events);
}
BENCHMARK_CAPTURE(write_million_events, plain, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(write_million_events, gzip, true)->Unit(benchmark::kMillisecond);

/// Goal: 150 MB/s, however long the run is.
void write_long_report(benchmark::State& state) {
  const Profile profile = long_run();
  const Writer<Results>& writer = writer_called<Results>("json");
  NullSink sink;
  for ([[maybe_unused]] const auto _ : state)
    benchmark::DoNotOptimize(writer.write({.after = &profile}, {}, sink));
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.bytes()));
}
BENCHMARK(write_long_report)->Unit(benchmark::kMillisecond);

void write_view(benchmark::State& state, const Writer<Results>* writer) {
  const Profile profile = bench::profiled_swin();
  const Results results{.after = &profile};
  NullSink sink;
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(writer->write(results, {}, sink));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.bytes()));
}

TPU_REGISTER([] {
  for (const auto& [name, writer] : WriterRegistry<Results>::instance().all()) {
    benchmark::RegisterBenchmark(("writers/" + name + "/swin_t").c_str(), write_view, &writer)
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}());

}  // namespace
}  // namespace tpuscope
