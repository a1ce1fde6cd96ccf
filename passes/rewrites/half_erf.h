// half_erf: error functions of 16 bits, which the vendor's compiler keeps as such on BM1688.

#pragma once

#include <string_view>

#include "sim/chip/chip.h"

namespace tpuscope {

inline constexpr std::string_view kHalfErf = "half_erf";

/// Whether the vendor's kernels for the chip have them: where the cube scales its results itself.
/// In compiles of 25 functions BM1688 kept Erf, GELU and HardSigmoid in 16 bits, and BM1684X none.
bool has_half_erf(const Chip& chip);

}  // namespace tpuscope
