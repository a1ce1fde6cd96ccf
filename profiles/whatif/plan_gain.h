// PlanGain: what a compiler that knew what silicon takes would gain on a network over one that
// plans by its own estimate, and where: the stretches of the network that the two group
// differently.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "passes/compile.h"
#include "profiles/report/report.h"

namespace tpuscope {

/// Ops that both plans begin and end together, and no part of them does.
struct PlanStretch {
  std::string first{};  ///< op that runs first
  std::string last{};
  std::size_t ops = 0;        ///< that have commands
  std::size_t units_now = 0;  ///< groups, and ops by themselves
  std::size_t units_then = 0;
  Picoseconds saved{};  ///< of what its commands are charged; negative: what it costs
};

struct PlanGain {
  Picoseconds now{};
  Picoseconds then{};                    ///< planned by silicon, where that is faster
  std::vector<PlanStretch> stretches{};  ///< in which the plans differ, most saved first
};

/// `profile`: the run of `present`, which plans by the compiler's estimate.
Result<PlanGain> plan_gain(const Profile& profile, Compiler& compiler, const Configuration& present,
                           const ProgressListener& listener = {});

}  // namespace tpuscope
