// Layer groups of a network: the plan that keeps ops together in local memory.

#pragma once

#include "graph/graph.h"
#include "passes/planner/options.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"

namespace tpuscope {

class NetworkFacts;
struct PlanMemo;

/// Whether a plan by silicon's prices may be another than the compiler's: it is where the compiler
/// has an estimate of its own, and where it leaves cores without slices to share.
bool may_differ_by_silicon(const Chip& chip);

/// Groups by the method of the options; ops outside of groups run alone. Plan::decisions say why
/// ops are outside and why groups end. Errors are those of plan_single_ops.
/// `memo`: of this chip, see plan_memo.h. `facts`: those of the graph, with numbers from the memo's
/// table, where they are known already.
Result<Plan> plan_layer_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               PlanMemo* memo = nullptr, const NetworkFacts* facts = nullptr);

}  // namespace tpuscope
