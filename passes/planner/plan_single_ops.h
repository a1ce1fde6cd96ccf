// The plan in which every op is alone.

#pragma once

#include "graph/graph.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct SingleOpMemo;

/// A plan in which every op is alone: cut to fit local memory with double buffering. Element types
/// of the graph's tensors give the precision. Fails with kUnsupported and one error per op type
/// that states no work, per precision that the chip lacks, and per op of which no slice fits.
/// `memo`: of this chip, for those who plan many networks of the same ops (see single_op.h).
Result<Plan> plan_single_ops(const Graph& graph, const Chip& chip, SingleOpMemo* memo = nullptr);

}  // namespace tpuscope
