// KernelTiling: how the vendor's kernels for whole tensors cut an op that is alone. They follow
// fixed rules, not the time: as few tiles as their buffers allow, rounded to whole rows of a
// matrix. Read off the streams of networks compiled without layer groups; docs/model.md has the
// rules.

#pragma once

#include <optional>
#include <vector>

#include "passes/tiling/op_form.h"
#include "passes/tiling/tiling.h"

namespace tpuscope {

/// Elements that a row of a matrix, or of a copy, may have: the command's field has 16 bits.
inline constexpr std::int64_t kMostColumns = 65535;

/// Loops of the kernel, outermost first; none: one tile. Empty for ops whose kernel is not known.
std::optional<std::vector<SliceLoop>> kernel_loops(const Chip& chip, const OpForm& form,
                                                   const OperandKinds& kinds);

}  // namespace tpuscope
