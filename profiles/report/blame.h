// Blame: every picosecond of the makespan is charged to exactly one cause. Engines overlap, so sums
// of operator times never equal the total; these charges do, and the table of operators, the
// waterfall and the operator row of the trace are all made from them.

#pragma once

#include <vector>

#include "sim/engine/timeline.h"

namespace tpuscope {

enum class ChargeKind : std::uint8_t {
  kCompute,   ///< a BDC command runs
  kTransfer,  ///< only a GDMA command runs
  kIssue,     ///< no engine runs; the charged command is the next to start
  kLayer,     ///< no engine runs: a group switch; the command as for kIssue
  kLaunch,    ///< before the first command may start
  kIdle,      ///< after the last command
};

/// An interval of the makespan and the command that it is charged to.
struct Charge {
  Picoseconds begin{};
  Picoseconds end{};
  ChargeKind kind = ChargeKind::kIdle;
  std::uint32_t command = kNone;  ///< index in Program::commands; kNone for launch and idle
  /// Part of the length in which cores wait for other cores: of two cores, half the time during
  /// which one does, all of it where both do.
  Picoseconds core_wait{};

  Picoseconds length() const { return end - begin; }
};

/// When a core had nothing to do until the other cores had ended what they share, in order of time.
struct CoreWait {
  Picoseconds begin{};
  Picoseconds end{};
};
/// Per core; empty where one core works, or where nobody knows why commands waited.
std::vector<std::vector<CoreWait>> core_waits(const Program& program, const Timeline& timeline);

/// Charges that tile [0, makespan) without gap or overlap, in order of time. A transfer that runs
/// under a BDC command is hidden and charged nothing for that while. Where several cores work at
/// once, the lowest is charged; what cores wait for each other meanwhile is `core_wait`. The
/// commands of each core's engine must be disjoint and in issue order, as in-order engines make
/// them.
std::vector<Charge> charge_makespan(const Program& program, const Timeline& timeline);

}  // namespace tpuscope
