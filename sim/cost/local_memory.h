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

/// As many operands in the result's bank an instruction is charged for.
inline constexpr std::int64_t kMaxBankConflicts = 2;

/// Operands that begin in the bank in which the result begins, as far as they cost time: at most
/// kMaxBankConflicts.
std::int64_t bank_conflicts(const Chip& chip, const LocalRange& result,
                            std::span<const LocalRange> operands);

}  // namespace tpuscope
