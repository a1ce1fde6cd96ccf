// The table of the planner's switches.

#include "passes/planner/switches.h"

#include <algorithm>

namespace tpuscope {

const std::vector<GroupSwitch>& group_switches() {
  static const std::vector<GroupSwitch> all = {
      {"layer_group", "ops that fit local memory together stay there", true,
       [](GroupOptions& options) {
         if (options.method == GroupMethod::kAlone) options.method = GroupMethod::kDp;
       }},
      {"timestep_balance", "transfers move to timesteps whose compute hides them", true,
       [](GroupOptions& options) { options.balance = true; }},
      {"hold_coeff", "weights of a group are loaded once for all its slices", true,
       [](GroupOptions& options) { options.hold_coefficients = true; }},
      {"group_overlap", "a group's first loads run beside the group before it", true,
       [](GroupOptions& options) { options.overlap = true; }},
      {"local.reshape", "Reshape that keeps the first two axes is local", true,
       [](GroupOptions& options) { options.support.reshape = true; }},
      {"local.slice_5d", "Slice of five axes is local in a 3D group", false,
       [](GroupOptions& options) { options.support.slice_5d = true; }},
      {"local.squeeze", "Squeeze that keeps the first two axes is local", false,
       [](GroupOptions& options) { options.support.squeeze = true; }},
      {"local.weight_split", "weights of elementwise ops are sliced with their group", false,
       [](GroupOptions& options) { options.support.weight_split = true; }},
  };
  return all;
}

GroupOptions with_switches(GroupOptions options, const std::vector<std::string>& names) {
  const auto has = [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  options.balance = false;
  options.hold_coefficients = false;
  options.overlap = false;
  if (!has("layer_group")) {
    options.method = GroupMethod::kAlone;
    return options;
  }
  for (const GroupSwitch& entry : group_switches()) {
    if (has(entry.name)) entry.apply(options);
  }
  return options;
}

}  // namespace tpuscope
