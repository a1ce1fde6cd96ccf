// Lowering: a plan becomes the two engines' command streams. Slices flow through a three-stage
// pipeline, load(i + 1) beside compute(i) beside store(i - 1); every command waits for the other
// engine's command that it needs and for nothing else:
// - a compute waits for the loads of its operands, and for the store that last read the place it
//   writes;
// - a load waits for the compute that last read the place it fills; a store for its compute.
// Tiles are dealt out to the chip's cores in ranges; each core runs such a pipeline of its own.

#pragma once

#include "graph/graph.h"
#include "passes/lower/lowering_memo.h"
#include "passes/lower/network_facts.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"
#include "sim/program/command.h"

namespace tpuscope {

/// The plan's buffers must stand in the order of plan_single_ops: operands, results, scratch.
Result<Program> lower(const Graph& graph, const Chip& chip, const Plan& plan);

/// The same for those who lower many plans: `facts` are those of the graph, and `memo` is of this
/// chip and of facts whose numbers are from one table.
Result<Program> lower(const Graph& graph, const Chip& chip, const Plan& plan,
                      const NetworkFacts& facts, LoweringMemo& memo);

}  // namespace tpuscope
