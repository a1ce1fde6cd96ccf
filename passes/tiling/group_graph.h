// GroupGraph: a run of ops that may be kept together in local memory, as the planner and the
// lowering see it: which tensors come from DDR, which stay inside, and which part of each a slice
// needs. A layer group is a range of the run's ops.

#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "graph/graph.h"
#include "passes/tiling/op_form.h"
#include "passes/tiling/op_signature.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// A tensor that the run touches.
struct GroupValue {
  Value value{};
  TensorType type{};
  bool is_weight = false;
  std::size_t producer = kOutside;  ///< index in GroupGraph::ops
  std::size_t last_use = 0;  ///< index of the last op that reads it; kOutside: used elsewhere
  std::vector<std::size_t> users{};  ///< indices of ops that read it

  static constexpr std::size_t kOutside = std::numeric_limits<std::size_t>::max();
};

/// An op of the run.
struct GroupOp {
  OpId op{};
  const OpDef* def = nullptr;
  OpView view{};
  OperandKinds kinds{};
  std::vector<std::size_t> operands{};  ///< indices of values; kImmediate for immediates
  std::size_t result = 0;
  DType vector_type = DType::kF32;
  DType cube_type = DType::kF32;
  bool is_view = false;  ///< a view: no instruction, the result is another name of the operand

  static constexpr std::size_t kImmediate = GroupValue::kOutside;
};

struct GroupGraph {
  std::vector<GroupOp> ops{};
  std::vector<GroupValue> values{};
};

/// `run` in dependency order; ops of one result each.
GroupGraph group_graph(const Graph& graph, std::span<const OpId> run);

/// Ops [first, last] of a run as one group. Queries that depend on the range.
struct GroupRange {
  std::size_t first = 0;
  std::size_t last = 0;
  GroupType type = GroupType::kNormal;

  bool holds(std::size_t op) const { return op >= first && op <= last; }
};
/// Whether the range reads the value without making it.
bool is_loaded(const GroupGraph& graph, const GroupRange& range, std::size_t value);
/// Whether the range makes the value and somebody else needs it.
bool is_stored(const GroupGraph& graph, const GroupRange& range, std::size_t value);
/// The value whose buffer holds the bytes of `value`: what a chain of views within the range began
/// with.
std::size_t buffer_of(const GroupGraph& graph, const GroupRange& range, std::size_t value);
/// Values that the range touches, in the order of their first touch; views among them.
std::vector<std::size_t> values_of(const GroupGraph& graph, const GroupRange& range);

// --- slices ---

/// n, c, d, h, w.
using SliceCounts = std::array<std::int64_t, 5>;
inline constexpr std::size_t kSliceN = 0;
inline constexpr std::size_t kSliceC = 1;
inline constexpr std::size_t kSliceD = 2;
inline constexpr std::size_t kSliceH = 3;
inline constexpr std::size_t kSliceW = 4;

std::int64_t product_of(const SliceCounts& counts);

/// The axis of a tensor of this shape that a slice axis cuts; kNoAxis when it has none.
inline constexpr std::size_t kNoAxis = std::numeric_limits<std::size_t>::max();
std::size_t sliced_axis(const Shape& shape, GroupType type, std::size_t slice_axis);

/// Position of a slice per axis: n outermost, then d, h, w, and c innermost, as the compiler loops.
SliceCounts slice_position(const SliceCounts& counts, std::int64_t slice);

/// Part `index` of `extent` cut in `count` even parts, the first ones an element longer; in units
/// of `unit` elements.
Range even_part(std::int64_t extent, std::int64_t count, std::int64_t index, std::int64_t unit);

/// Which part of each value of the range a slice touches; empty regions of values outside of it.
/// What a stored value must contain is the slice of it; what others need may reach beyond
/// (`stored` gets the slices, `needed` everything).
struct SliceRegions {
  std::vector<Region> needed{};
  std::vector<Region> stored{};
};
/// False when some op would get nothing to do.
bool slice_regions(const GroupGraph& graph, const GroupRange& range, const Chip& chip,
                   const SliceCounts& counts, const SliceCounts& position, SliceRegions& regions);

/// Of regions of [first + 1, last] those of [first, last]: `slice_regions` is this for one op after
/// the other, from the last to the first, on regions that are empty. False as there.
bool add_first_op(const GroupGraph& graph, const GroupRange& range, const Chip& chip,
                  const SliceCounts& counts, const SliceCounts& position, SliceRegions& regions);

/// Empties the regions of all values that the range touches.
void clear_regions(const GroupGraph& graph, const GroupRange& range, SliceRegions& regions);

}  // namespace tpuscope
