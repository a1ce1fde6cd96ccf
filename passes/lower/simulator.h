// The road from a graph to a timeline in two calls.

#pragma once

#include <optional>

#include "graph/graph.h"
#include "passes/lower/bounds.h"
#include "passes/lower/lowering_memo.h"
#include "passes/lower/network_facts.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"
#include "sim/verify/bank_use.h"

namespace tpuscope {

/// One run of a network on a chip.
struct Simulation {
  Plan plan{};
  Program program{};
  Timeline timeline{};
  Bounds bounds{};
  std::int64_t ddr_peak_bytes = 0;  ///< that tensors take at once
  std::optional<BankUse> banks{};   ///< of compiled models, whose addresses are real
};

/// Lowers the plan to commands and runs them. Fails with kUnsupported where the board has too
/// little DDR or the plan has more commands than its limit. A check fails if the outcome beats
/// physics, if an engine's accounting does not add up and, in debug builds, if check_schedule finds
/// anything.
Result<Simulation> simulate(const Graph& graph, const Chip& chip, const Plan& plan);

/// The same for those who simulate many plans: see lower().
Result<Simulation> simulate(const Graph& graph, const Chip& chip, const Plan& plan,
                            const NetworkFacts& facts, LoweringMemo& memo);

}  // namespace tpuscope
