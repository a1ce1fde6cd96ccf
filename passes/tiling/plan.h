// Plan: what runs together. Ops in a group keep their tensors in local memory between them; the
// group's work is cut into slices that flow through a three-stage pipeline (load, compute, store).
// An op alone is a part of its own: it is cut into tiles by other rules.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "graph/graph.h"
#include "graph/region.h"
#include "sim/chip/chip.h"
#include "sim/program/command.h"

namespace tpuscope {

/// What happens to what slices of one extent leave over.
enum class Remainder : std::uint8_t {
  kLast,    ///< the last slice is smaller
  kSpread,  ///< the first slices are one longer than the others
  kApart,   ///< what is no multiple of SliceLoop::unit is a slice of its own, the last
  kFiner,   ///< a slice of whole units, then one of whole pieces of a unit, then one of the rest
};

/// One loop over slices.
struct SliceLoop {
  std::uint32_t axis = 0;   ///< of SingleOp::shape
  std::uint32_t count = 1;  ///< slices along it
  std::int64_t extent = 1;  ///< of the largest slice, the first
  Remainder remainder = Remainder::kLast;
  /// Each slice is worked off by itself: what was loaded for one is loaded again for the next. Of
  /// the outermost loop only.
  bool restarts = false;
  /// Each slice is a call of the kernel: it begins when the one before has ended.
  bool drains = false;
  std::int64_t unit = 1;   ///< for kApart and kFiner; `extent` is a multiple of it
  std::int64_t piece = 1;  ///< for kFiner; `unit` is a multiple of it

  /// The part of `whole` elements that slice `i` is.
  Range slice(std::int64_t whole, std::int64_t i) const;
};

/// Calls of the kernel that the loops, outermost first, make.
std::int64_t calls_of(const std::vector<SliceLoop>& loops);

/// A transfer in a row. While stage 1 of the row works on slice i, stage 0 works on slice i + 1
/// and stage 2 on slice i - 1; ops are in stage 1.
struct RowTransfer {
  Value value{};
  std::uint32_t stage = 0;
  bool is_resident = false;  ///< loaded for the first slice only
};

/// What happens between two synchronisations: both engines work side by side.
struct TimestepRow {
  std::vector<RowTransfer> loads{};
  std::vector<OpId> computes{};
  std::vector<RowTransfer> stores{};
};

enum class BufferKind : std::uint8_t { kActivation, kWeight, kScratch };

/// Local memory of one tensor (or of an op's own working space) while a group runs.
struct LocalBuffer {
  BufferKind kind = BufferKind::kActivation;
  Value value{};  ///< for kScratch: result 0 of the op that works in it
  /// One range, or several that slices use in turn (ping-pong).
  std::vector<LocalRange> ranges{};
  /// Positions [first, last] during which it is alive: row + rows * stage.
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool is_resident = false;  ///< alive throughout the group
};

/// An op on its own: it cuts one of its results into tiles, as the vendor's kernels for whole
/// tensors do.
struct SingleOp {
  OpId op{};
  /// What `loops` cut: result 0, with neighbouring axes merged where the op treats them alike.
  Shape shape{};
  std::vector<SliceLoop> loops{};  ///< outermost first; empty: one tile
  std::int64_t pieces = 1;         ///< partial results per tile, see partial.h
  std::int64_t sweeps = 1;         ///< how often they pass
  /// One buffer per operand and per result, in their order; none where the op only moves data.
  std::vector<LocalBuffer> operands{};
  std::vector<LocalBuffer> results{};
  LocalBuffer scratch{};  ///< without ranges: the op needs none
};

/// Ops that keep their tensors in local memory between them.
struct LayerGroup {
  std::vector<OpId> ops{};
  GroupType type = GroupType::kNormal;
  std::array<std::int64_t, 5> secs{1, 1, 1, 1, 1};  ///< slices along n, c, d, h, w
  std::vector<TimestepRow> rows{};
  std::vector<LocalBuffer> buffers{};
  bool image_by_image = false;  ///< each image of a batch loads the weights
};

/// A part of a plan: what runs between two points at which all of the chip waits.
struct Group {
  std::variant<SingleOp, LayerGroup> form{};
  std::int64_t cores = 1;  ///< that share the slices
  Picoseconds estimate{};  ///< what the planner expects of it

  /// The one or the other; null where it is not that.
  const SingleOp* single() const { return std::get_if<SingleOp>(&form); }
  const LayerGroup* layers() const { return std::get_if<LayerGroup>(&form); }

  std::span<const OpId> ops() const;
  /// Slices of a layer group, tiles of a single op.
  std::int64_t slice_count() const;
  /// Highest local-memory address in use, per lane.
  std::int64_t peak_local_bytes() const;
};

/// Why an op is outside of a group, or why a group ends where it does; recorded where it is
/// decided.
struct GroupDecision {
  enum class Kind : std::uint8_t {
    kNoLocalForm,  ///< the op cannot be in any group: `rule`, `text`
    kDoesNotFit,   ///< together they need `bytes` more per lane than there are, however sliced
    kCostsMore,    ///< together they would take `cost` longer
    kLimit,        ///< a limit set by the user
  };
  Kind kind = Kind::kNoLocalForm;
  OpId op{};               ///< the op outside, or the first op after the cut
  std::string rule{};      ///< of kNoLocalForm, see LocalObstacle
  std::string text{};      ///< a clause for people
  std::int64_t bytes = 0;  ///< per lane
  Picoseconds cost{};
};

/// Commands that a run may have unless the user allows more: they take about a gigabyte.
inline constexpr std::int64_t kMaxCommands = 4'000'000;

/// Groups in execution order; every op that emits commands is in exactly one.
struct Plan {
  std::vector<Group> groups{};
  std::vector<GroupDecision> decisions{};  ///< in the order of their ops
  /// Neighbouring groups of several ops share their borders, see overlap_groups.h.
  bool overlaps_groups = false;
  std::int64_t max_commands = kMaxCommands;  ///< beyond which it is not lowered
};

}  // namespace tpuscope
