// Joins the commands of groups to a program. Groups number their commands for themselves, so that
// equal ones share them; a program numbers through, by core and engine.

#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "sim/program/command.h"

namespace tpuscope {

/// Appends groups to a program. Each brings ids counted from 1, which continue those before.
class ProgramAppender {
 public:
  ProgramAppender(Program& program, std::int64_t cores)
      : program_(program), base_(static_cast<std::size_t>(cores)) {}

  /// `adjust` gives the command what only the caller knows: its op and its parts.
  template <typename Adjust>
  void append(const std::vector<Command>& commands, std::size_t group, Adjust adjust) {
    std::vector<Ids> next = base_;
    make_room(commands.size());
    for (Command command : commands) {
      const Ids& before = base_[command.core];
      const auto own = static_cast<std::size_t>(command.engine);
      const std::size_t other = 1 - own;
      // Local memory belonged to the group before: its last stores must have read it.
      const bool takes_over = command.engine == Engine::kBdc && command.id == 1;
      if (command.wait_id > 0 || takes_over) command.wait_id += before[other];
      command.id += before[own];
      command.group = static_cast<std::uint32_t>(group);
      adjust(command);
      next[command.core][own] = command.id;
      program_.commands.push_back(command);
    }
    base_ = next;
  }

 private:
  /// Once for all that is appended, and so much that what is there is moved rarely.
  void make_room(std::size_t more) {
    const std::size_t wanted = program_.commands.size() + more;
    if (wanted <= program_.commands.capacity()) return;
    program_.commands.reserve(std::max(wanted, 2 * program_.commands.capacity()));
  }

  using Ids = std::array<std::uint32_t, kEngineCount>;

  Program& program_;
  std::vector<Ids> base_;  ///< last id of every core's engines
};

}  // namespace tpuscope
