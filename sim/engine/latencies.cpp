// Latencies from the numbers of a chip.

#include "sim/engine/latencies.h"

#include <cmath>

namespace tpuscope {
namespace {

std::int64_t picoseconds_of(const Chip& chip, Engine engine, double cycles) {
  constexpr double kPicoseconds = 1e6;  // per microsecond
  return std::llround(cycles * kPicoseconds / chip.engine_mhz(engine));
}

}  // namespace

Latencies::Latencies(const Chip& chip) {
  // Messages between engines and cores pass in the BDC's clock.
  const std::int64_t sync = picoseconds_of(chip, Engine::kBdc, chip.command.sync_cycles);
  const std::int64_t cores =
      picoseconds_of(chip, Engine::kBdc, static_cast<double>(chip.overhead.core_sync_cycles));
  for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
    const auto time = [&](WaitReason reason) -> std::int64_t& {
      return times_[static_cast<std::size_t>(engine)][static_cast<std::size_t>(reason)];
    };
    const double gap =
        engine == Engine::kBdc ? chip.command.tiu_gap_cycles : chip.command.dma_gap_cycles;
    time(WaitReason::kNothing) = picoseconds_of(chip, engine, gap);
    time(WaitReason::kDependency) = sync;
    time(WaitReason::kCore) = cores;
  }
}

}  // namespace tpuscope
