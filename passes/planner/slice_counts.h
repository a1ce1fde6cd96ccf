// Slice counts of a group, finer and finer, and the slices that represent all of them. Rules and
// their order follow the compiler (init_group_data_secs).

#pragma once

#include <vector>

#include "passes/tiling/group_graph.h"

namespace tpuscope {

/// Finer slices along the first axis that allows them, as many times finer as `ratio` (memory
/// needed over memory there is) makes likely; false when all axes are at their limits.
bool refine(SliceCounts& slices, const SliceCounts& limits, double ratio);

/// Positions of the slices by which a group is judged: the ends and two in between, each once.
std::vector<SliceCounts> sampled_slices(const SliceCounts& counts);

/// The samples, then every position along each axis by itself. What one axis of a tensor needs
/// depends on one axis of the slices, so that these show every extent that any slice has.
std::vector<SliceCounts> exhaustive_slices(const SliceCounts& counts);

}  // namespace tpuscope
