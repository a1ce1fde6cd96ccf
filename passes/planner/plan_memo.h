// PlanMemo: what planning found out about one chip, for those who plan many networks or one network
// in many ways. Plans are the same without it, only slower.

#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "passes/lower/lowering_memo.h"
#include "passes/lower/network_facts.h"
#include "passes/planner/single_op.h"
#include "passes/planner/trial_memo.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// Safe to share between threads.
struct PlanMemo {
  /// Where the numbers come from by which ops are known here: also those of NetworkFacts.
  std::shared_ptr<SignatureTable> signatures = std::make_shared<SignatureTable>();
  SingleOpMemo single_ops{};
  SingleOpMemo estimated_ops{};  ///< as the compiler sees the chip
  TrialMemo trials{};
  LoweringMemo lowered{};
  /// The chip as the compiler sees it; none where its estimate is not known.
  const std::optional<Chip>& estimated(const Chip& chip) {
    std::call_once(once_, [&] { estimated_ = as_estimated(chip); });
    return estimated_;
  }

 private:
  std::once_flag once_{};
  std::optional<Chip> estimated_{};
};

}  // namespace tpuscope
