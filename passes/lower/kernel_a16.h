// How A16MatMul is cut: read off the vendor's compiler over 130 products; tests hold the table.

#pragma once

#include <cstdint>

#include "graph/ops/packed_product.h"
#include "sim/chip/chip.h"

namespace tpuscope {

/// Rows of x are taken in chunks, each against all columns in tiles, each in parts of the inner
/// dimension: weights are read again for every chunk, x for every tile where there are parts.
struct PackedTiling {
  std::int64_t rows = 1;        ///< of x in a chunk
  std::int64_t columns = 1;     ///< in a tile: columns are dealt out to lanes
  std::int64_t parts = 1;       ///< of the inner dimension
  bool has_all_scales = false;  ///< loaded once, after the first tile of weights
};

/// Of the columns that one core works on.
PackedTiling packed_tiling(const Chip& chip, const PackedProduct& product);

}  // namespace tpuscope
