// Packed weights: products with a constant matrix whose numbers are held in 4 or 8 bits, in groups
// that share a scale and a zero point, as language models are quantised.

#pragma once

#include <compare>

#include "graph/graph.h"

namespace tpuscope {

/// Which weights of products are packed.
struct WeightPacking {
  std::int64_t bits = 16;     ///< 4 or 8; 16: none is packed
  std::int64_t group = 64;    ///< inner elements that share a scale
  bool is_as_stored = false;  ///< in place of both: those that the file packs, as it does

  bool is_on() const { return is_as_stored || bits < 16; }
  auto operator<=>(const WeightPacking&) const = default;
};

/// Makes A16MatMul of the products whose weights are packed. Those of columns that do not fill all
/// lanes (can_pack) stay as they are. An error where a group does not divide a product's inner
/// extent.
Status pack_weights(Graph& graph, const WeightPacking& packing);

}  // namespace tpuscope
