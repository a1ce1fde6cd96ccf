// Convolutions and matrix products: which form the vendor's compiler gives them on a chip, and
// which commands that form is. Everything that depends on it is decided here: dense filters for
// groups, kernels laid out as channels, products beside the cube, where the bias is added and 8-bit
// sums are scaled.

#pragma once

#include <optional>
#include <vector>

#include "passes/tiling/instructions.h"

namespace tpuscope {

/// Whether a product of one row with so many columns is made in the cube, as read off products of
/// 1024 x 64 to 1024 x 520 in 8 and 16 bits; those with more are made beside it.
bool is_short_row(std::int64_t columns, DType type);

/// Rows of the right operand that a product of one row works on at a time, so that the others
/// arrive meanwhile.
std::int64_t row_product_piece(const Chip& chip, DType type);

/// How a filter of 8 or 16 bits with so many result channels is laid out in local memory: input
/// channels are filled up to what the cube sums at once, and with 8 bits each channel has its bias
/// and its scale after it, one vector. Empty where the filter lies as the network has it.
std::optional<LocalShape> packed_filter(const Chip& chip, const WorkStep& step, DType type,
                                        std::int64_t channels);

/// How operand `operand` of a convolution, a filter or a bias of so many result channels and
/// elements in all, is in local memory.
Placement placed_filter(const Chip& chip, const Work& work, std::size_t operand, DType type,
                        std::int64_t channels, std::int64_t elements);

/// Channels into which a convolution's taps are laid out before it, empty where they are not.
std::optional<LocalShape> laid_out_channels(const Chip& chip, const PlacedStep& step);

/// Commands without prices, for a result of this shape.
std::vector<PlannedInstruction> convolution_commands(const Chip& chip, const PlacedStep& step,
                                                     const LocalShape& shape);
std::vector<PlannedInstruction> product_commands(const Chip& chip, const PlacedStep& step,
                                                 const LocalShape& shape);

}  // namespace tpuscope
