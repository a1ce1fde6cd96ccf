// The schedule verifier: replays a timeline and checks for every command whether the machine could
// have run it so and whether what it read was there. It shares no code with tiling, lowering and
// engines, only the types of what they hand over, so that a mistake of theirs is not its own.

#pragma once

#include "graph/graph.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Empty when all of this holds, otherwise one error per violation, the first kMaxErrors of them:
/// - each engine of each core takes commands in order, one at a time, under ids 1, 2, ..., for no
///   less than their cycles; what a command waits for has ended when it starts;
/// - every command belongs to an op of the graph and to one of the program's groups;
/// - local addresses are within a lane, and ranges hold their parts;
/// - a byte read in local memory was written before with the part that the reader names and is not
///   written before the reader ends; both orders are enforced by queues and waits, not by luck;
/// - parts loaded from DDR are inputs, weights, or were stored before;
/// - a computation reads what its op needs for the part it makes, a movement what belongs there;
/// - transfers carry as many bytes as their parts have, nothing is stored twice, and every output
///   of the network is stored entirely.
///
/// Time is O(n log n) in the number of commands while tiles form grids.
Errors check_schedule(const Graph& graph, const Chip& chip, const Program& program,
                      const Timeline& timeline);

}  // namespace tpuscope
