// Plan: what runs together. Ops in a group keep their tensors in local memory between them; the
// group's work is cut into slices that flow through a three-stage pipeline (load, compute, store).
// An op alone is a group of one, so that grouped and ungrouped ops are lowered by the same rules.

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "sim/chip.h"
#include "sim/command.h"

namespace tpuscope {

/// One loop over slices.
struct SliceLoop {
  std::uint32_t axis = 0;   ///< of the sliced result, see Group::shape
  std::uint32_t count = 1;  ///< slices along it; the last may be smaller
  std::int64_t extent = 1;  ///< of a slice, ceil(whole / count)
};

/// What happens between two synchronisations. Rows of a slice follow each other; rows of
/// neighbouring slices overlap.
struct TimestepRow {
  std::vector<Value> loads{};
  std::vector<OpId> computes{};
  std::vector<Value> stores{};
};

enum class BufferKind : std::uint8_t { kActivation, kWeight, kScratch };

/// Local memory of one tensor (or of an op's own working space) while a group runs.
struct LocalBuffer {
  BufferKind kind = BufferKind::kActivation;
  Value value{};  ///< for kScratch: result 0 of the op that works in it
  /// One place, or two that slices use in turn.
  std::vector<LocalRange> places{};
  std::uint32_t first_row = 0;  ///< rows [first_row, last_row] during which it is alive
  std::uint32_t last_row = 0;
};

/// How a tensor lies in local memory, see layout.h.
enum class GroupType : std::uint8_t { kNormal, k3d, kSmallC, kMatMul };

struct Group {
  std::vector<OpId> ops{};
  GroupType type = GroupType::kNormal;
  /// Extents that `loops` cut. A group of one cuts its op's result 0, with neighbouring axes
  /// merged where the op treats them alike.
  Shape shape{};
  std::vector<SliceLoop> loops{};  ///< outermost first; empty: one slice
  std::vector<TimestepRow> rows{};
  std::vector<LocalBuffer> buffers{};
  Picoseconds estimate{};  ///< what the tiler expected of it

  std::int64_t slice_count() const {
    std::int64_t product = 1;
    for (const SliceLoop& loop : loops)
      product *= loop.count;
    return product;
  }
  /// Highest local-memory address in use, per lane.
  std::int64_t peak_local_bytes() const {
    std::int64_t peak = 0;
    for (const LocalBuffer& buffer : buffers) {
      for (const LocalRange& place : buffer.places) {
        peak = std::max<std::int64_t>(peak, std::int64_t{place.address} + place.bytes);
      }
    }
    return peak;
  }
};

/// Groups in execution order; every op that emits commands is in exactly one.
struct Plan {
  std::vector<Group> groups{};
};

}  // namespace tpuscope
