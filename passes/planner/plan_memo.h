// PlanMemo: what planning found out about one chip, for those who plan many networks or one network
// in many ways. Plans are the same without it, only slower.

#pragma once

#include "passes/planner/single_op.h"
#include "passes/planner/trial_memo.h"

namespace tpuscope {

/// Safe to share between threads.
struct PlanMemo {
  SingleOpMemo single_ops{};
  SingleOpMemo estimated_ops{};  ///< as the compiler sees the chip
  TrialMemo trials{};
};

}  // namespace tpuscope
