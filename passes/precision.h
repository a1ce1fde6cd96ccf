// Precision lowering: which element type each tensor of a network has on the chip.

#pragma once

#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// The precisions a network can be lowered to, widest first.
const std::vector<DType>& precisions();

/// "f16" and the like; an unknown name is a kUsage error with a suggestion.
Result<DType> parse_precision(std::string_view name);

/// What becomes of the values of weights.
enum class LoweredValues : std::uint8_t {
  kRounded,  ///< to what the chip holds
  kKept,     ///< as they are: for proofs that rewrites of a lowered network keep its function
};

/// Gives every float tensor of the network the element type `precision`. Inputs and outputs of the
/// network stay as they are, with Casts on the border, as the vendor's compiler does by default.
Status lower_precision(Graph& graph, DType precision,
                       LoweredValues values = LoweredValues::kRounded);

}  // namespace tpuscope
