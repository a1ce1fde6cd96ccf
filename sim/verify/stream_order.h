// Which commands of real streams are certain to come before which, on one core or on several: by
// queues, ids that are waited for, and messages.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/program/command.h"
#include "sim/stream/stream_program.h"

namespace tpuscope {

/// Commands must be shown in an order in which they can be issued.
class StreamOrder {
 public:
  explicit StreamOrder(std::size_t cores);

  /// The next command; `message`: what it sends or waits for, or null.
  void issue(const StreamCommand& command, const Message* message);
  /// All engines come to their ends before what is issued next.
  void run_dry();
  /// Whether that command has ended, whatever the durations, when the one issued last starts.
  bool has_ended(const Command& earlier) const {
    return earlier.id <= start_[queue_of(earlier.core, earlier.engine)];
  }

 private:
  /// By queue: commands up to this id have ended.
  using Clock = std::vector<std::uint32_t>;

  static std::size_t queue_of(std::size_t core, Engine engine) {
    return core * kEngineCount + static_cast<std::size_t>(engine);
  }
  static void join(Clock& clock, std::span<const std::uint32_t> other);
  void hear(const Message& message, std::size_t queue);

  Clock start_;              ///< when the command issued last starts
  std::vector<Clock> ends_;  ///< by queue: when its last command ends
  std::vector<Clock> past_;  ///< by queue: the same of all its commands, one row behind the other
  /// By number: what has ended when so many sends of it have ended.
  std::map<std::uint32_t, std::vector<Clock>> sends_{};
  std::vector<std::map<std::uint32_t, std::uint64_t>> counted_;  ///< by queue and number
};

}  // namespace tpuscope
