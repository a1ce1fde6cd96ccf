// The plan whose groups a user has written down, see group_cache.h.

#pragma once

#include "passes/planner/options.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// The groups of `options.given` and every other op alone, as `alone` has it. Errors name the place
/// in the file: names that are no op, ops without local form or in two groups, groups that
/// something outside would have to interrupt, slices that the axes do not allow or that do not fit.
/// Foreign groups make no errors: they are taken as far as they are possible here.
Result<Plan> plan_given_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               Plan alone);

}  // namespace tpuscope
