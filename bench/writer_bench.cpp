// How fast views are written. The goal of the trace is 100 MB/s.

#include "bench/swin.h"
#include <benchmark/benchmark.h>

#include "profiles/writer.h"

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

void write_view(benchmark::State& state, const Writer* writer) {
  const Profile profile = bench::profiled_swin();
  const Results results{.after = &profile};
  NullSink sink;
  for ([[maybe_unused]] const auto _ : state) {
    writer->write(results, {}, sink);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(sink.bytes()));
}

[[maybe_unused]] const bool registered = [] {
  for (const auto& [name, writer] : WriterRegistry::instance().all()) {
    benchmark::RegisterBenchmark(("writers/" + name + "/swin_t").c_str(), write_view, &writer)
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace tpuscope
