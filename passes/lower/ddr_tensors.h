// Tensors in DDR over time: which are there, of what kind, and from when to when. The simulator
// gives DDR no addresses, so that this is a list of lifetimes and not a map.

#pragma once

#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"

namespace tpuscope {

enum class TensorRole : std::uint8_t {
  kWeight,      ///< in DDR from the beginning to the end
  kInput,       ///< of the network: from the beginning to its last reader
  kOutput,      ///< of the network: from its first byte to the end
  kActivation,  ///< from its first byte to its last reader
};
std::string_view name_of(TensorRole role);

struct DdrTensor {
  Value value{};  ///< views of it are not counted again
  TensorRole role = TensorRole::kActivation;
  std::int64_t bytes = 0;
  Picoseconds from{};
  Picoseconds until{};
};

/// Bytes that tensors take at once at most.
std::int64_t peak_bytes(const std::vector<DdrTensor>& tensors);

/// Bytes that weights, inputs and outputs take at least, whatever the plan: known before there is
/// one. Outputs that only views make of them share their memory.
std::int64_t resident_bytes(const Graph& graph);

/// A kUnsupported error unless the board has so much.
Status check_ddr(std::int64_t bytes, const Chip& chip);

/// Tensors that some transfer reads or writes, ordered by `from`, then by value. Tensors that stay
/// in local memory between two ops of a group are not among them.
std::vector<DdrTensor> ddr_tensors(const Graph& graph, const Program& program,
                                   const Timeline& timeline);

}  // namespace tpuscope
