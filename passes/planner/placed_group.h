// From slices to a group of the plan: every buffer has an address, every transfer its timestep.

#pragma once

#include <span>
#include <vector>

#include "graph/graph.h"
#include "passes/planner/candidate.h"
#include "passes/planner/options.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// Why an op cannot be in any group; empty when it can.
LocalAnswer group_obstacle(const Graph& graph, OpId op, const LocalSupport& support);

/// A search judges by samples of a group's slices; the group is built from all of them.
/// `graph`: the ops of the group and no others. `slices` are made finer until every buffer has a
/// place, unless `options.slices` forces them. Without a candidate when there is no such place:
/// otherwise reports the last attempt.
Trial placed_trial(const Chip& chip, const GroupGraph& graph, const GroupOptions& options,
                   const SliceCounts& slices);

/// The group of the plan. `candidate`: of a placed trial of this graph or an equal one.
Group group_of(const GroupGraph& graph, const Candidate& candidate);
/// The same by the names of the graph's ops and values.
Group group_of(std::span<const OpId> ops, const std::vector<Value>& values,
               const Candidate& candidate);

}  // namespace tpuscope
