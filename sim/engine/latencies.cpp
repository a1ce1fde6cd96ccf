// Latencies from the numbers of a chip.

#include "sim/engine/latencies.h"

#include "sim/engine/engine.h"

namespace tpuscope {

Latencies::Latencies(const Chip& chip) {
  const std::int64_t layer = layer_switch(chip).value;
  const std::int64_t cores = duration_of(chip, Engine::kBdc, chip.overhead.core_sync_cycles).value;
  for (const Engine engine : {Engine::kBdc, Engine::kGdma}) {
    const auto index = static_cast<std::size_t>(engine);
    const auto message = [&](WaitReason reason) -> std::int64_t& {
      return messages_[index][static_cast<std::size_t>(reason)];
    };
    fetch_[index] = duration_of(chip, engine, chip.overhead.fetch_cycles).value;
    message(WaitReason::kDependency) = duration_of(chip, engine, chip.overhead.sync_cycles).value;
    message(WaitReason::kLayer) = layer;
    // A group that other cores ran as well is a layer too.
    message(WaitReason::kCore) = cores + layer;
  }
}

}  // namespace tpuscope
