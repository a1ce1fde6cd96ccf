// What no schedule can beat: the bytes that must cross the DDR bus once and the
// multiply-accumulates that the network needs, each at its peak rate. Checked against every
// simulation.

#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "sim/chip/chip.h"

namespace tpuscope {

struct Bounds {
  std::int64_t ddr_bytes = 0;  ///< what is needed of inputs and weights, and the outputs
  std::int64_t macs = 0;
  Picoseconds ddr_time{};      ///< ddr_bytes at the peak of the DDR bus
  Picoseconds compute_time{};  ///< macs at the peak rate of their precisions
  Picoseconds time() const { return ddr_time > compute_time ? ddr_time : compute_time; }
};

/// Each byte counts once: of an input or weight those that outputs follow from, whichever ops read
/// them, of outputs those that they do not share. What only views carry from an Input to an Output
/// costs nothing. Of a product only what outputs need is counted, of a 3-D convolution only the
/// planes inside its operand.
Result<Bounds> bounds_of(const Graph& graph, const Chip& chip);

}  // namespace tpuscope
