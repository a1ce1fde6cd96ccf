// A plan as text: everything that the lowering reads of it, and why its groups end. What tests
// compare plans by.

#pragma once

#include <string>

#include "passes/tiling/plan.h"

namespace tpuscope::testing {

/// One block per group in execution order, then the decisions. Tensors and ops by name. Times in
/// picoseconds, addresses and bytes per lane, positions as of LocalBuffer.
std::string plan_text(const Graph& graph, const Plan& plan);

}  // namespace tpuscope::testing
