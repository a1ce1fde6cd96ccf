// The table of the planner's switches.

#include "passes/planner/switches.h"

#include "passes/rewrites/permute_steps.h"

namespace tpuscope {

const std::vector<GroupSwitch>& group_switches() {
  static const std::vector<GroupSwitch> all = {
      {kLayerGroup, "ops that fit local memory together stay there", 2022, nullptr},
      {"timestep_balance", "transfers move to timesteps whose compute hides them", 2022,
       [](GroupOptions& options) { options.balance = true; }},
      {"hold_coeff", "weights of a group are loaded once for all its slices", 2022,
       [](GroupOptions& options) { options.hold_coefficients = true; }},
      {"group_overlap", "a group's first loads run beside the group before it", 2022,
       [](GroupOptions& options) { options.overlap = true; }},
      {"local.reshape", "Reshape that keeps the first two axes is local", 2022,
       [](GroupOptions& options) { options.support.reshape = true; }},
      {"local.slice_5d", "Slice of five axes is local in a 3D group", 2023,
       [](GroupOptions& options) { options.support.slice_5d = true; }, "local Slice and Squeeze"},
      {"local.squeeze", "Squeeze that keeps the first two axes is local", 2023,
       [](GroupOptions& options) { options.support.squeeze = true; }, "local Slice and Squeeze"},
      {"local.weight_split", "weights of elementwise ops are sliced with their group", 2023,
       [](GroupOptions& options) { options.support.weight_split = true; }},
      {kPermuteSteps, "a permute of several exchanges goes through DDR once for each", 2026,
       nullptr},
  };
  return all;
}

}  // namespace tpuscope
