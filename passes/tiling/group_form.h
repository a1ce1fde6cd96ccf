// One op on one slice of a group: layouts, instructions and working space. The group's type fixes
// how axes are laid out in local memory, so that ops hand tensors to each other without moving
// them.

#pragma once

#include <vector>

#include "passes/tiling/group_graph.h"
#include "sim/cost/cost.h"

namespace tpuscope {

/// Layout of a value's part in local memory.
Placement group_placement(const Chip& chip, const GroupGraph& graph, const GroupRange& range,
                          std::size_t value, const Shape& extents);

/// The transfer of a value's part between DDR and such a layout.
Transfer group_transfer(const GroupGraph& graph, const GroupRange& range, std::size_t value,
                        const Region& region, Direction direction, const Placement& placement);

/// The instructions of an op for a part of its result.
std::vector<PlacedStep> group_steps(const Chip& chip, const GroupOp& op, GroupType type,
                                    const std::vector<Region>& operands, const Region& result);

/// Working space of an op for such a part, bytes per lane (compiler: getBufferSize).
std::int64_t group_scratch(const Chip& chip, const GroupOp& op, GroupType type,
                           const std::vector<PlacedStep>& steps, const Shape& result);

}  // namespace tpuscope
