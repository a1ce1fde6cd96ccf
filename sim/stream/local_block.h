// Tensors in local memory as real commands lay them out, and the bytes of every lane that they are.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/stream/command_forms.h"

namespace tpuscope {

/// A tensor of a command in local memory. Element (n, c, h, w) is in lane (lane + c) % lanes at
/// address + (n, (lane + c) / lanes, h, w) x strides.
struct LocalBlock {
  std::uint32_t address = 0;  ///< in every lane, bytes
  std::uint32_t lane = 0;     ///< of channel 0; beyond the last lane where earlier passes are full
  std::uint8_t bits = 8;      ///< of an element
  bool is_written = false;    ///< otherwise read
  bool is_partial = false;    ///< data decide which of its elements
  std::array<std::uint32_t, 4> extents{1, 1, 1, 1};  ///< n, c, h, w
  std::array<std::uint32_t, 4> strides{};            ///< in elements; of c per pass over the lanes
};

/// Sizes that layouts go by.
struct LocalGeometry {
  std::uint32_t lanes = 64;
  std::uint32_t lane_bytes = 1U << 18U;
  std::uint32_t vector_bytes = 64;  ///< to which rows of most layouts are padded
  std::uint32_t cube_bytes = 64;    ///< to which input channels of filters are padded
};
LocalGeometry local_geometry(InstructionSet set);

/// Whether an address of the GDMA is of local memory.
bool is_local_address(InstructionSet set, std::uint64_t address);

/// Bytes of every lane in `mask` (bit i is lane i).
struct LaneRange {
  std::uint64_t mask = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// The bytes of a block, ascending within each image and pass. Rows that follow each other without
/// a gap are one range; of a block in more than a few thousand pieces the rows are taken whole,
/// which `is_exact` tells. Ranges may end beyond the lane.
struct LaneRanges {
  std::vector<LaneRange> ranges{};
  bool is_exact = true;
};
LaneRanges ranges_of(const LocalBlock& block, const LocalGeometry& geometry);

/// From the first to the last byte of the block, whatever is between, and the lanes it is in.
LaneRange hull_of(const LocalBlock& block, const LocalGeometry& geometry);

}  // namespace tpuscope
