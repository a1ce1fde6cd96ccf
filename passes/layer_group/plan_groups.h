// Layer groups of a network: the plan that keeps ops together in local memory.

#pragma once

#include "passes/layer_group/options.h"
#include "passes/layer_group/trial_memo.h"
#include "sim/simulator.h"
#include "sim/single_op.h"

namespace tpuscope {

/// What planning found out about one chip, for those who plan many networks or in many ways. Safe
/// to share between threads. The plans are the same without it, only slower.
struct PlanMemo {
  SingleOpMemo single_ops{};
  TrialMemo trials{};
};

/// Groups by the method of the options; ops outside of groups run alone. Plan::decisions say why
/// ops are outside and why groups end. Errors are those of plan_single_ops.
Result<Plan> plan_layer_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               PlanMemo* memo = nullptr);

}  // namespace tpuscope
