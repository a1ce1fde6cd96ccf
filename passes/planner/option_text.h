// Layer-group options as users write them, wherever they may: flags, sweeps.

#pragma once

#include <string_view>

#include "base/result.h"
#include "passes/planner/options.h"

namespace tpuscope {

/// One of group_methods(); kUsage errors with a suggestion.
Result<GroupMethod> parse_group_method(std::string_view name);

/// Five counts of at least 1 for n, c, d, h and w, as "4,1,1,2,1" with a separator of ','.
Result<SliceCounts> parse_slice_counts(std::string_view text, char separator);

}  // namespace tpuscope
