// Schedule: the timesteps of a layer group. Each op that computes has a row; loads are one row
// before their first use and stores one row after what made them, so that slices flow through a
// software pipeline of three stages: while slice i is computed, what slice i + 1 needs first is
// loaded and the last results of slice i - 1 are stored.
//
// Positions count rows over the stages: position p is row p % rows of stage p / rows, and belongs
// in iteration i to slice i - p / rows. Ops of the group are in stage 1.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "passes/tiling/group_graph.h"

namespace tpuscope {

struct ScheduledTransfer {
  std::size_t value = 0;  ///< index in GroupGraph::values
  bool is_load = true;
  bool is_resident = false;  ///< loaded for slice 0 only, stays for all
  std::size_t position = 0;
  std::size_t bound = 0;  ///< loads: position of the first use; stores: of the op that makes it
  std::size_t last = 0;   ///< position of the last use; stores: equal to bound
};

struct Schedule {
  std::vector<std::size_t> rows{};  ///< the op of each row, as index in GroupGraph::ops
  /// Per row: position of the last op that reads its result, through views too; 0 when none does.
  std::vector<std::size_t> last_reads{};
  std::vector<ScheduledTransfer> transfers{};
};

/// What the items of a schedule take for one slice. Picoseconds.
struct SliceCost {
  std::vector<std::int64_t> compute{};   ///< per row
  std::vector<std::int64_t> transfer{};  ///< per transfer
};

/// The compiler's first arrangement ("layer nearest"). `held`: per value of the graph.
Schedule nearest_schedule(const GroupGraph& graph, const GroupRange& range,
                          const std::vector<bool>& held);

/// Slices of a group in time: the first, those between, the last.
struct SliceCosts {
  SliceCost first{};
  SliceCost middle{};
  SliceCost last{};
  std::int64_t slices = 1;
};

/// Time of the group: each row of each iteration takes what the slower engine needs, and `sync`
/// where both have work (compiler: getGroupCycle). Picoseconds.
std::int64_t schedule_time(const Schedule& schedule, const SliceCosts& costs, std::int64_t sync);

/// Asked of a transfer at a position to which it would move; where the answer is yes it has moved.
using MoveTest = std::function<bool(const ScheduledTransfer&)>;

/// Moves loads to earlier and stores to later rows in which compute hides them, the longest
/// transfers first, each to the nearest of the rows that gain most and that `allows` grants. A
/// buffer may live for at most one turn of the rows. Returns whether anything moved (compiler:
/// memory_aware_timestep).
bool balance(Schedule& schedule, const SliceCosts& costs, std::int64_t sync,
             const MoveTest& allows = {});

}  // namespace tpuscope
