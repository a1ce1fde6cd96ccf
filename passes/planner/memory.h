// Local memory of a layer group: which buffers live in which timesteps, and where each lies. After
// the compiler's allocator: largest first, first fit among the buffers that live at the same time,
// beginning in another bank than those that the same instruction uses, where there is room.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "passes/planner/schedule.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// A result that takes its operand's place as the operand dies.
struct Heir {
  std::size_t value = 0;  ///< index in GroupGraph::values
  std::size_t begin = 0;  ///< positions, as of GroupBuffer
  std::size_t end = 0;
};

/// A buffer to be placed.
struct GroupBuffer {
  BufferKind kind = BufferKind::kActivation;
  std::size_t value = 0;   ///< index in GroupGraph::values; of scratch: the op's result
  std::int64_t bytes = 0;  ///< per lane, of the largest slice
  std::size_t begin = 0;   ///< positions [begin, end] during which it or an heir is alive
  std::size_t end = 0;
  bool is_held = false;     ///< alive throughout
  std::int64_t places = 1;  ///< slices take turns in so many places
  std::vector<LocalRange> ranges{};
  std::vector<Heir> heirs{};  ///< in the order in which they are made
};

/// Per row, the operands whose places the result may take.
using Overwrites = std::vector<std::vector<std::size_t>>;

/// Buffers of a schedule without addresses. `bytes` and `scratch` are per value and per row.
/// A result takes the place of the first of its `overwrites` that dies in its row, if the place
/// does not live for more than one turn of the rows then: with more places nothing is gained.
std::vector<GroupBuffer> group_buffers(const GroupGraph& graph, const GroupRange& range,
                                       const Schedule& schedule,
                                       const std::vector<std::int64_t>& bytes,
                                       const std::vector<std::int64_t>& scratch, bool is_sliced,
                                       const Overwrites& overwrites);

/// The most bytes per lane that live in any row: no placement needs less.
std::int64_t peak_bytes(const std::vector<GroupBuffer>& buffers, std::size_t rows, bool is_sliced);

/// Fills in `ranges`; false when they do not fit within `limit` bytes per lane.
bool place_buffers(const Chip& chip, const GroupGraph& graph, const Schedule& schedule,
                   std::vector<GroupBuffer>& buffers, std::int64_t limit, bool is_sliced);

/// Per row, operands that begin in the bank in which the result begins, at most 2: what the
/// lowering charges for. Of buffers in several places the first counts.
std::vector<std::int64_t> bank_conflicts_of(const Chip& chip, const GroupGraph& graph,
                                            const GroupRange& range, const Schedule& schedule,
                                            const std::vector<GroupBuffer>& buffers);

}  // namespace tpuscope
