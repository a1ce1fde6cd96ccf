// What bounds a run: the rule that every view goes by.

#pragma once

#include "profiles/report/waterfall.h"

namespace tpuscope {

struct Verdict {
  bool is_transfers = false;  ///< loads, stores and copies together; `step` says nothing then
  Step step = Step::kUsefulCompute;
  Picoseconds time{};  ///< that the bound takes of the makespan
  double share = 0;    ///< the same as a part of the makespan

  /// One word: "transfers", "compute", "padding"; as in files.
  std::string_view bound() const { return is_transfers ? "transfers" : text_of(step).bound; }
  /// Follows "31 % of the time".
  std::string_view meaning() const {
    return is_transfers ? "data moves between DDR and the chip and nothing is computed"
                        : text_of(step).meaning;
  }
};

/// The largest step of the waterfall. Loads, stores and copies wait for the same bus, so they are
/// judged together and may outweigh it.
inline Verdict verdict_of(const Waterfall& waterfall) {
  const Picoseconds transfers = waterfall[Step::kExposedLoad] + waterfall[Step::kExposedStore] +
                                waterfall[Step::kExposedCopy];
  const Step step = waterfall.largest();
  Verdict verdict{.step = step, .time = waterfall[step]};
  if (transfers.value > 0 && transfers >= waterfall[step]) {
    verdict = {.is_transfers = true, .time = transfers};
  }
  const std::int64_t total = waterfall.total().value;
  if (total > 0) {
    verdict.share = static_cast<double>(verdict.time.value) / static_cast<double>(total);
  }
  return verdict;
}

}  // namespace tpuscope
