// Switches of the planner: what the compiler's grouping could do at which time, each by a name that
// stands beside those of the rewriting passes.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "passes/planner/options.h"

namespace tpuscope {

struct GroupSwitch {
  std::string_view name{};
  std::string_view summary{};
  bool in_baseline = false;  ///< the compiler had it before the published Swin optimisation
  void (*apply)(GroupOptions& options) = nullptr;
};

const std::vector<GroupSwitch>& group_switches();

/// `options` with the switches among `names` applied. Without `layer_group` every op is alone; with
/// it the method is that of `options`, or kDp.
GroupOptions with_switches(GroupOptions options, const std::vector<std::string>& names);

}  // namespace tpuscope
