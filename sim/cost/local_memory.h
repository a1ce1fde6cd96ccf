// Addresses in local memory for buffers that live together.

#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/chip/chip.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Places buffers of these sizes (bytes per lane), none of them overlapping. Each begins in a bank
/// of its own where that fits, since an instruction whose operand and result begin in one bank
/// loses a cycle per vector; otherwise they follow each other on whole vectors. Empty: they do not
/// fit.
std::optional<std::vector<LocalRange>> allocate(const Chip& chip,
                                                std::span<const std::int64_t> sizes);

/// Whether they fit at all.
bool fits(const Chip& chip, std::span<const std::int64_t> sizes);

/// Operands that begin in the bank in which the result begins.
std::int64_t bank_conflicts(const Chip& chip, const LocalRange& result,
                            std::span<const LocalRange> operands);

}  // namespace tpuscope
