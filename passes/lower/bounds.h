// What no schedule can beat: the bytes that must cross the DDR bus once and the
// multiply-accumulates that the network asks for, each at its peak rate. Checked against every
// simulation.

#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct Bounds {
  std::int64_t ddr_bytes = 0;  ///< inputs and weights read once, outputs written once
  std::int64_t macs = 0;
  Picoseconds ddr_time{};      ///< ddr_bytes at the peak of the DDR bus
  Picoseconds compute_time{};  ///< macs at the peak rate of their precisions
  Picoseconds time() const { return ddr_time > compute_time ? ddr_time : compute_time; }
};

/// Tensors that only views carry from an Input to an Output cost nothing; of a tensor from which
/// ops take a part, the largest part counts.
Result<Bounds> bounds_of(const Graph& graph, const Chip& chip);

}  // namespace tpuscope
