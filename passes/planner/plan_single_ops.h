// The plan in which every op is alone.

#pragma once

#include <vector>

#include "graph/graph.h"
#include "passes/lower/network_facts.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct SingleOpMemo;

/// A plan in which every op is alone: cut to fit local memory with double buffering. Element types
/// of the graph's tensors give the precision. Fails with kUnsupported and one error per op type
/// that states no work, per precision that the chip lacks, and per op of which no slice fits.
Result<Plan> plan_single_ops(const Graph& graph, const Chip& chip);

/// A network whose ops are planned: in `order`, that of compiler_order().
struct OpsToPlan {
  const Graph& graph;
  const NetworkFacts& facts;
  const std::vector<OpId>& order;
};

/// As above. `memo`: of this chip and of facts whose numbers are from one table, for those who plan
/// many networks of the same ops (see single_op.h).
Result<Plan> plan_single_ops(const OpsToPlan& ops, const Chip& chip, SingleOpMemo& memo);

/// What an op is expected to take by itself.
struct SingleOpTime {
  OpId op{};
  Picoseconds time{};
};
/// Of each group of that plan, in its order, and nothing else.
Result<std::vector<SingleOpTime>> single_op_times(const OpsToPlan& ops, const Chip& chip,
                                                  SingleOpMemo& memo);

/// One group of that plan: of an op that has commands and which the memo knows.
Group single_op_group(const OpsToPlan& ops, OpId op, const SingleOpMemo& memo);

}  // namespace tpuscope
