// PlanMemo: what planning found out about one chip, for those who plan many networks or one network
// in many ways. Plans are the same without it, only slower.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "passes/lower/lowering_memo.h"
#include "passes/lower/network_facts.h"
#include "passes/planner/single_op.h"
#include "passes/planner/trial_memo.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// What the compiler's estimate says of a chip: chips that are one to it share this.
struct EstimateMemo {
  explicit EstimateMemo(Chip planned) : chip(std::move(planned)) {}
  const Chip chip;  ///< as_planned()
  SingleOpMemo single_ops{};
  TrialMemo trials{};
};

/// Safe to share between threads.
struct PlanMemo {
  /// Where the numbers come from by which ops are known here: also those of NetworkFacts.
  std::shared_ptr<SignatureTable> signatures = std::make_shared<SignatureTable>();
  SingleOpMemo single_ops{};
  TrialMemo trials{};  ///< by the chip's own prices
  LoweringMemo lowered{};
  /// Of whoever has one already: for this chip, with numbers of the same table.
  std::shared_ptr<EstimateMemo> shared_estimate{};

  /// Null where the compiler's estimate of this chip is not known.
  EstimateMemo* estimate(const Chip& chip) {
    std::call_once(once_, [&] {
      if (shared_estimate != nullptr) return;
      std::optional<Chip> planned = as_planned(chip);
      if (planned) shared_estimate = std::make_shared<EstimateMemo>(*std::move(planned));
    });
    return shared_estimate.get();
  }

 private:
  std::once_flag once_{};
};

}  // namespace tpuscope
