// The type of a group: the layout of its tensors in local memory (compiler: set_group_type).

#pragma once

#include <vector>

#include "passes/tiling/group_graph.h"

namespace tpuscope {

/// What one op says about the type of its group.
struct GroupTraits {
  bool needs_depth = false;    ///< works on volumes, or moves parts of them
  bool works_on_rows = false;  ///< elementwise ops, those over a last axis, products and views
  bool wants_small_c = false;  ///< rows would leave most lanes empty
};
GroupTraits group_traits(const GroupOp& op, const Chip& chip);

/// 3D where an op needs depth; small-c where all ops want it; matmul where all work on rows; normal
/// for all others. `traits` are those of the run's ops.
GroupType group_type(const std::vector<GroupTraits>& traits, const GroupRange& range);

}  // namespace tpuscope
