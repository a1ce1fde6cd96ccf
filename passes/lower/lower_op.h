// Commands of a single op: its tiles through a pipeline of load, compute and store, or the
// transfers of a movement. Every command waits for the other engine's command that it needs and for
// nothing else:
// - a compute waits for the loads of its operands, and for the store that last read the buffer it
//   writes;
// - a load waits for the compute that last read the buffer it fills; a store for its compute.

#pragma once

#include <vector>

#include "graph/graph.h"
#include "passes/tiling/plan.h"
#include "passes/tiling/tiling.h"
#include "sim/chip/chip.h"
#include "sim/program/command.h"
#include "sim/program/part_table.h"

namespace tpuscope {

/// A part of an op's operand or result, whichever op that is.
struct OpPart {
  bool is_result = false;
  std::uint32_t index = 0;  ///< of the operand or result
  std::uint32_t box = 0;    ///< index in Program::boxes
};

/// Commands of an op in a form that all equal ops share: ids count from 1, parts from 0, and no
/// command names its op.
struct LoweredOp {
  std::vector<Command> commands{};
  std::vector<OpPart> parts{};
};

/// The group's buffers must be in the order of plan_single_ops: operands, results, scratch. `most`:
/// commands after which no tile is begun.
LoweredOp lowered_op(const Graph& graph, const Chip& chip, const SingleOp& alone,
                     std::int64_t cores, const OperandKinds& kinds, std::size_t most,
                     PartTable& table);

}  // namespace tpuscope
