// CommandDiff: two runs of the same streams, command by command: a capture of a board beside the
// prices of the model that ran there. Commands are joined by core, engine and id.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "sim/program/command.h"

namespace tpuscope {

/// A command of a compiled model.
struct RunCommand {
  std::uint8_t core = 0;
  Engine engine = Engine::kBdc;
  std::uint32_t id = 0;
  std::string kind{};   ///< "CONV", "load": what tables of commands call its class
  std::string op{};     ///< that it belongs to; empty: the model names none
  std::string group{};  ///< likewise, after its first op
  Picoseconds length{};
};

/// Lengths of what is alike on both sides, summed.
struct CommandSums {
  std::string name{};
  std::size_t commands = 0;
  Picoseconds base{};
  Picoseconds now{};
};

struct CommandPair {
  const RunCommand* base = nullptr;
  const RunCommand* now = nullptr;
  Picoseconds change() const { return now->length - base->length; }
};

/// Holds pointers into the commands of both runs.
struct CommandDiff {
  std::size_t only_base = 0;  ///< commands without a counterpart
  std::size_t only_now = 0;
  std::vector<CommandSums> kinds{};   ///< most time first
  std::vector<CommandSums> groups{};  ///< in running order; empty: no side names ops
  std::vector<CommandSums> ops{};     ///< largest change first; likewise
  std::vector<CommandPair> pairs{};   ///< largest change first
};

/// Empty where the streams are not the same: a command has another class, or another length of its
/// queue by more than the closing command, which a board's monitor may miss.
std::optional<CommandDiff> diff_commands(const std::vector<RunCommand>& base,
                                         const std::vector<RunCommand>& now);

}  // namespace tpuscope
