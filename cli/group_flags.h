// Flags about layer groups: how they are searched and what limits them.

#pragma once

#include <vector>

#include "cli/verb.h"
#include "passes/planner/options.h"

namespace tpuscope {

std::vector<Flag> group_flags();

/// Method, where one is given, and limits; the switches add what the planner may do.
Result<GroupOptions> group_options(const Arguments& arguments);

}  // namespace tpuscope
