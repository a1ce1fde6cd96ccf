// Candidate: a range of ops as one group, with the slices in which its buffers fit local memory and
// the time of its timesteps. A trial is a candidate or the reason that there is none.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "passes/planner/memory.h"
#include "passes/planner/schedule.h"

namespace tpuscope {

/// A range as a group.
struct Candidate {
  GroupRange range{};
  SliceCounts slices{1, 1, 1, 1, 1};
  Schedule schedule{};
  std::vector<GroupBuffer> buffers{};
  bool reuses_in_place = false;  ///< results reuse their operands' buffers; it does not fit without
  bool image_by_image = false;   ///< each image of a batch loads the weights
  std::int64_t cores = 1;        ///< that share the slices
  std::int64_t time = 0;         ///< picoseconds
};

/// A candidate, or what is in its way.
struct Trial {
  std::optional<Candidate> candidate{};
  std::int64_t missing_bytes = 0;  ///< per lane, however finely sliced; 0 when memory is not it
  std::string rule{};              ///< see LocalObstacle
  std::string reason{};
};

}  // namespace tpuscope
