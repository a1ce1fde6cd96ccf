// The queues of the engines: order, ids, waits and durations, and which of two commands is certain
// to come first.

#pragma once

#include <vector>

#include "sim/verify/findings.h"

namespace tpuscope {

class Queues {
 public:
  Queues(const Run& run, Findings& findings);

  /// Whether the queues and waits see to it that `earlier` has ended before `later` starts,
  /// whatever the durations. Both are commands of one core.
  bool is_enforced(std::uint32_t earlier, std::uint32_t later) const;

  /// Indices of all commands by start.
  std::vector<std::uint32_t> by_start() const;

  std::size_t cores() const { return queues_.size() / kEngineCount; }

 private:
  static std::size_t queue_of(const Command& command) {
    return command.core * kEngineCount + static_cast<std::size_t>(command.engine);
  }
  void check(std::uint32_t index, Findings& findings) const;

  const Run& run_;
  std::vector<std::vector<std::uint32_t>> queues_{};  ///< by core and engine
  /// The last id of the other engine that is certain to have ended when the command starts.
  std::vector<std::uint32_t> synced_{};
};

}  // namespace tpuscope
