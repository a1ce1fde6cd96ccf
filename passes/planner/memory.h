// Local memory of a layer group: which buffers live in which timesteps, and their addresses. After
// the compiler's allocator: largest first, first fit among the buffers that live at the same time,
// beginning in another bank than those that the same instruction uses, where there is room.

#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "passes/planner/schedule.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// A result that reuses its operand's buffer in place, from the row in which the operand is read
/// last.
struct InPlaceResult {
  std::size_t value = 0;  ///< index in GroupGraph::values
  std::size_t begin = 0;  ///< positions, as of GroupBuffer
  std::size_t end = 0;
};

/// A buffer to be placed.
struct GroupBuffer {
  BufferKind kind = BufferKind::kActivation;
  std::size_t value = 0;   ///< index in GroupGraph::values; of scratch: the op's result
  std::int64_t bytes = 0;  ///< per lane, of the largest slice
  std::size_t begin = 0;   ///< positions [begin, end] during which it is alive, reused or not
  std::size_t end = 0;
  bool is_resident = false;               ///< alive throughout
  std::int64_t copies = 1;                ///< 2 or more: slices take turns (ping-pong)
  std::vector<LocalRange> ranges{};       ///< per copy
  std::vector<InPlaceResult> in_place{};  ///< in the order in which they are made
};

/// Per row, the operands whose buffers the result may reuse.
using InPlaceOperands = std::vector<std::vector<std::size_t>>;

/// Bytes per lane that a group's buffers need.
struct BufferSizes {
  std::vector<std::int64_t> values{};   ///< per value, of the largest slice
  std::vector<std::int64_t> scratch{};  ///< per row: working space of its op
};

/// Buffers of a schedule without addresses. A result reuses the buffer of the first of its
/// `in_place` operands that is read for the last time in its row, unless the buffer would then live
/// for more than one turn of the rows: with more copies nothing is gained.
std::vector<GroupBuffer> group_buffers(const GroupGraph& graph, const GroupRange& range,
                                       const Schedule& schedule, const BufferSizes& sizes,
                                       bool is_sliced, const InPlaceOperands& in_place);

/// The most bytes per lane that live in any row: no placement needs less.
std::int64_t peak_bytes(const std::vector<GroupBuffer>& buffers, std::size_t rows, bool is_sliced);
/// The same of `group_buffers` without operands that are reused, none of which is made.
std::int64_t peak_bytes(const GroupGraph& graph, const Schedule& schedule, const BufferSizes& sizes,
                        bool is_sliced);

/// Bytes per lane in use in each row, kept while transfers move and buffers live longer for it.
class BytesInUse {
 public:
  /// `limit`: bytes per lane beyond which nothing more is granted.
  BytesInUse(const std::vector<GroupBuffer>& buffers, std::size_t rows, bool is_sliced,
             std::int64_t limit);

  /// The buffer that holds a value lives at `position` too; false, and nothing changes, where there
  /// is no room or where a result could no longer reuse it. `value`: not a view.
  bool extend(std::size_t value, std::size_t position);

 private:
  bool add(const GroupBuffer& buffer, std::int64_t sign);

  std::vector<GroupBuffer> buffers_;
  std::unordered_map<std::size_t, std::size_t> holder_{};  ///< per value; looked up only
  std::size_t rows_;
  bool is_sliced_;
  std::int64_t limit_;
  std::vector<std::int64_t> live_;
};

/// Fills in `ranges`; false when they do not fit within `limit` bytes per lane.
bool place_buffers(const Chip& chip, const GroupGraph& graph, const Schedule& schedule,
                   std::vector<GroupBuffer>& buffers, std::int64_t limit, bool is_sliced);

/// Per row, operands that begin in the bank in which the result begins, as the lowering charges for
/// them. Of buffers with several copies the first counts.
std::vector<std::int64_t> bank_conflicts_of(const Chip& chip, const GroupGraph& graph,
                                            const GroupRange& range, const Schedule& schedule,
                                            const std::vector<GroupBuffer>& buffers);

}  // namespace tpuscope
