// Commands of a group of several ops: iteration by iteration, row by row. Both engines work on a
// row side by side and meet at its end, as the compiler's code for groups does
// (divide_sync_id, merge_sync_id).

#pragma once

#include <vector>

#include "graph/graph.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"
#include "sim/program/command.h"
#include "sim/program/part_table.h"

namespace tpuscope {

/// Ids count from 1 within the group; an awaited id of 0 means none of the group. `op` is set.
/// `most`: commands after which no slice is begun.
std::vector<Command> group_commands(const Graph& graph, const Chip& chip, const LayerGroup& group,
                                    std::int64_t cores, std::size_t most, PartTable& parts);

}  // namespace tpuscope
