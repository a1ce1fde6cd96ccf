// LoweringMemo: the commands of ops and groups that were lowered before, for all runs of all
// networks on a chip. Networks repeat their blocks, and runs that differ in one switch differ in
// few of their groups.

#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/program/command.h"

namespace tpuscope {

/// Commands of an op or a group in a form that equal ones of all programs share: ids count from 1,
/// and what they name is counted from 0 within the op or group.
struct SharedCommands {
  struct Part {
    std::uint32_t owner = 0;  ///< of an op: 2 * operand, or 2 * result + 1; of a group: its value
    std::uint32_t box = 0;
  };
  std::vector<Command> commands{};  ///< `op`: of a group, the place among its ops
  std::vector<Part> parts{};
  std::vector<ElementBox> boxes{};
};

/// Safe to share between threads.
class LoweringMemo {
 public:
  using Answer = std::shared_ptr<const SharedCommands>;

  /// Null when there is no answer yet.
  Answer find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : found->second;
  }
  /// Kept while there is room: a command takes 200 bytes.
  void add(const std::string& key, const Answer& answer) {
    const std::lock_guard lock(mutex_);
    if (commands_ + answer->commands.size() > kMostCommands) return;
    if (known_.emplace(key, answer).second) commands_ += answer->commands.size();
  }

 private:
  static constexpr std::size_t kMostCommands = 100'000;

  mutable std::mutex mutex_{};
  std::size_t commands_ = 0;
  // Looked up only, never walked: its order reaches no output.
  std::unordered_map<std::string, Answer> known_{};
};

}  // namespace tpuscope
