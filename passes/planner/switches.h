// Switches of the planner: what the compiler's grouping could do at which time, each by a name
// beside those of the rewriting passes (passes/switch_set.h).

#pragma once

#include <string_view>
#include <vector>

#include "passes/planner/options.h"

namespace tpuscope {

/// Whether there are groups at all, where no method was chosen.
inline constexpr std::string_view kLayerGroup = "layer_group";

struct GroupSwitch {
  std::string_view name{};
  std::string_view summary{};
  int since = 2023;  ///< see Pass::since
  /// What it sets; null for kLayerGroup, which is the method, and for kPermuteSteps, which is done
  /// when a network is planned.
  void (*apply)(GroupOptions& options) = nullptr;
  std::string_view family{};  ///< whose part it is in the account of what switches give; or its own
};

const std::vector<GroupSwitch>& group_switches();

}  // namespace tpuscope
