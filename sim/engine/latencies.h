// Latencies: what passes between the end of what a command waited for and its start. The engine
// runs by them, and what-ifs price the critical path by them.

#pragma once

#include <array>
#include <cstdint>

#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"

namespace tpuscope {

/// In picoseconds, from the numbers of a chip.
class Latencies {
 public:
  explicit Latencies(const Chip& chip);

  /// Where a command waits for this reason: for nothing, that is the command before it on its
  /// engine, the engine's gap; for the launch and between layers 0.
  Picoseconds of(Engine engine, WaitReason reason) const {
    return {times_[static_cast<std::size_t>(engine)][static_cast<std::size_t>(reason)]};
  }

 private:
  static constexpr std::size_t kReasons = 5;

  std::array<std::array<std::int64_t, kReasons>, kEngineCount> times_{};
};

}  // namespace tpuscope
