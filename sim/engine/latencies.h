// Latencies: what passes between the end of what a command waited for and its start. The engine
// runs by them, and what-ifs price the critical path by them.

#pragma once

#include <array>
#include <cstdint>

#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"

namespace tpuscope {

/// In picoseconds, from the numbers of a chip's section "overhead".
class Latencies {
 public:
  explicit Latencies(const Chip& chip);

  /// Before every command, whatever it waits for: the command processor fetches it.
  std::int64_t fetch(Engine engine) const { return fetch_[static_cast<std::size_t>(engine)]; }
  /// Before the fetch, where a command waits for this reason: 0 for the launch and for nothing.
  std::int64_t message(Engine engine, WaitReason reason) const {
    return messages_[static_cast<std::size_t>(engine)][static_cast<std::size_t>(reason)];
  }
  /// All of it.
  Picoseconds of(Engine engine, WaitReason reason) const {
    return {message(engine, reason) + fetch(engine)};
  }

 private:
  static constexpr std::size_t kReasons = 5;

  std::array<std::int64_t, kEngineCount> fetch_{};
  std::array<std::array<std::int64_t, kReasons>, kEngineCount> messages_{};
};

}  // namespace tpuscope
