// head_attention: attention as the vendor's compiler gives it to BM1684X, one operator per head.

#pragma once

#include <string_view>

#include "sim/chip/chip.h"

namespace tpuscope {

inline constexpr std::string_view kHeadAttention = "head_attention";

/// Whether the compiler has the operator for the chip: where the cube has 16 bits and does not
/// scale its results itself. In compiled networks BM1684X has it, BM1684 and BM1688 do not.
bool has_head_attention(const Chip& chip);

}  // namespace tpuscope
