// What bounds a run: the rule that every view goes by.

#pragma once

#include "profiles/report/waterfall.h"

namespace tpuscope {

struct Verdict {
  bool is_transfers = false;  ///< loads, stores and copies together; `step` says nothing then
  Step step = Step::kUsefulCompute;
  Picoseconds time{};  ///< that the bound takes of the makespan
};

/// The largest step of the waterfall. Loads, stores and copies wait for the same bus, so they are
/// judged together and may outweigh it.
inline Verdict verdict_of(const Waterfall& waterfall) {
  const Picoseconds transfers = waterfall[Step::kExposedLoad] + waterfall[Step::kExposedStore] +
                                waterfall[Step::kExposedCopy];
  const Step step = waterfall.largest();
  if (transfers >= waterfall[step]) return {.is_transfers = true, .time = transfers};
  return {.step = step, .time = waterfall[step]};
}

}  // namespace tpuscope
