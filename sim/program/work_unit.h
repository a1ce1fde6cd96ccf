// What units of work mean for the machine's engines.

#pragma once

#include "graph/work.h"

namespace tpuscope {

/// Whether the matrix unit does it.
constexpr bool is_cube(WorkUnit unit) {
  return unit == WorkUnit::kConv || unit == WorkUnit::kMatMul;
}

}  // namespace tpuscope
