// PlanMemo: what planning found out about one chip, for those who plan many networks or one network
// in many ways. Plans are the same without it, only slower.

#pragma once

#include "passes/layer_group/trial_memo.h"
#include "sim/single_op.h"

namespace tpuscope {

/// Safe to share between threads.
struct PlanMemo {
  SingleOpMemo single_ops{};
  TrialMemo trials{};
};

}  // namespace tpuscope
