// Timeline: when each command of a program ran, why it waited and what slowed it.

#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"
#include "sim/program/command.h"

namespace tpuscope {

enum class WaitReason : std::uint8_t {
  kNothing,     ///< started as soon as its engine was free
  kDependency,  ///< waited for the other engine's command
  kLaunch,      ///< first command: waited for the launch
  kCore,        ///< waited for the other cores to end the group before
  kLayer,       ///< first of its layer: waited for the layer before and the barrier to it
};

/// Structure of arrays; entry i belongs to Program::commands[i].
struct Timeline {
  std::vector<Picoseconds> start{};
  std::vector<Picoseconds> end{};
  std::vector<Picoseconds> waited{};  ///< how long its engine stood idle before it
  std::vector<WaitReason> reason{};
  /// How much longer it took than alone, because transfers of several cores shared the DDR. Empty
  /// where one core runs at a time.
  std::vector<Picoseconds> slowed{};
  /// From the launch to the end of the last command, launch overhead included.
  Picoseconds makespan{};
  Picoseconds launch{};  ///< part of the makespan before the first command may start
};

}  // namespace tpuscope
