// Overlap of neighbouring layer groups (compiler: GroupDataMoveOverlapPass): what the next group
// loads first comes before the last stores of this one, so that it runs beside this group's
// compute, and the next group's compute beside those stores.

#pragma once

#include "graph/graph.h"
#include "passes/tiling/plan.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Moves loads forward between neighbouring groups of several ops, and makes instructions wait for
/// what they need rather than for the whole group before. A load moves only past stores of other
/// tensors and out of other places of local memory. For programs of one core.
void overlap_groups(const Graph& graph, const Plan& plan, Program& program);

}  // namespace tpuscope
