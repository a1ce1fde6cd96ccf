// Products of f32 as BM1684X's kernel cuts them: see wide_product.cpp.

#pragma once

#include <optional>
#include <vector>

#include "passes/tiling/op_form.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// Largest tile of a product; its sums go in pieces of `depth`.
struct WideProductTile {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t depth = 1;
  std::int64_t lane_columns = 1;  ///< of the right operand and the result in a lane
};

/// Empty where the op is no such product or the chip has another kernel.
std::optional<WideProductTile> wide_product_tile(const Chip& chip, const OpForm& form);

/// The loops over rows and columns, one matrix of a batch after the other.
std::vector<SliceLoop> wide_product_loops(const OpForm& form, const WideProductTile& tile);

}  // namespace tpuscope
