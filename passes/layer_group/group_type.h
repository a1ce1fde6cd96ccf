// The type of a group: how its tensors lie in local memory (compiler: set_group_type).

#pragma once

#include "sim/group_graph.h"

namespace tpuscope {

/// 3D where an op works on volumes or slices five axes; small-c where rows would leave most lanes
/// empty otherwise; matmul where all ops work on rows; normal for all others.
GroupType group_type(const GroupGraph& graph, const GroupRange& range, const Chip& chip,
                     const LocalSupport& support);

}  // namespace tpuscope
