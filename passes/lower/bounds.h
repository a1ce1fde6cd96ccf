// What no schedule can beat: the bytes that must cross the DDR bus once and the
// multiply-accumulates that the network needs, each at its peak rate. Checked against every
// simulation.

#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "sim/chip/chip.h"

namespace tpuscope {

class NetworkFacts;  // network_facts.h

struct Bounds {
  std::int64_t ddr_bytes = 0;  ///< what is needed of inputs and weights, and the outputs
  std::int64_t macs = 0;
  Picoseconds ddr_time{};      ///< ddr_bytes at the peak of the DDR bus
  Picoseconds compute_time{};  ///< macs at the peak rate of their precisions
  Picoseconds time() const { return ddr_time > compute_time ? ddr_time : compute_time; }
};

/// What outputs need of a network, on whatever chip.
struct NeededWork {
  struct Product {
    std::int64_t macs = 0;
    DType type = DType::kF32;  ///< of the first operand
  };
  std::int64_t ddr_bytes = 0;
  std::vector<Product> products{};  ///< of every op that multiplies, in the order of ops
};

/// Each byte counts once: of an input or weight those that outputs follow from, whichever ops read
/// them, of outputs those that they do not share. What only views carry from an Input to an Output
/// costs nothing. Of a product only what outputs need is counted, of a 3-D convolution only the
/// planes inside its operand. `facts` are those of the graph.
NeededWork needed_work(const Graph& graph, const NetworkFacts& facts);

/// At the peaks of a chip; a kUnsupported error where it lacks a precision.
Result<Bounds> bounds_of(const NeededWork& needed, const Chip& chip);
Result<Bounds> bounds_of(const Graph& graph, const Chip& chip);

}  // namespace tpuscope
