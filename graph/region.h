// Questions about regions of tensors that several rules ask.

#pragma once

#include <cstdint>

#include "graph/work.h"

namespace tpuscope {

/// Elements of a region; of one without axes, one.
inline std::int64_t elements_of(const Region& region) {
  std::int64_t count = 1;
  for (const Range& range : region)
    count *= range.extent();
  return count;
}

}  // namespace tpuscope
