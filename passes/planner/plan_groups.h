// Layer groups of a network: the plan that keeps ops together in local memory.

#pragma once

#include "graph/graph.h"
#include "passes/planner/options.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct PlanMemo;

/// Groups by the method of the options; ops outside of groups run alone. Plan::decisions say why
/// ops are outside and why groups end. Errors are those of plan_single_ops.
/// `memo`: of this chip, see plan_memo.h.
Result<Plan> plan_layer_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               PlanMemo* memo = nullptr);

}  // namespace tpuscope
