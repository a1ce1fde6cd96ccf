// Why a run takes many times its lower bound: what it does besides what the bound counts, the
// largest part first, and as many of them as it takes until the rest is near the bound.

#pragma once

#include <vector>

#include "profiles/report/metrics.h"

namespace tpuscope {

/// Up to so many times the bound a run needs no reason: sums are read and written more than once,
/// and engines take turns.
inline constexpr std::int64_t kNearBound = 6;

struct Excess {
  struct Cause {
    Step step{};
    Picoseconds time{};
  };
  double times = 0;  ///< the bound, without the launch; 0 where there is none
  std::vector<Cause> causes{};
  Picoseconds rest{};  ///< what the launch and the causes leave

  /// Whether the rest is near the bound.
  bool is_explained(Picoseconds bound) const { return rest.value <= kNearBound * bound.value; }
};

/// Without causes where the run is near its bound. Products are one only where all else does not
/// suffice: not every result of theirs is needed, or units take long for their form.
Excess excess_of(const Summary& summary);

}  // namespace tpuscope
