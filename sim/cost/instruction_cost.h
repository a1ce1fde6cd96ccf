// What an instruction costs by its fields: two models. The silicon's was measured command by
// command on boards and on whole networks; every number of it stands in the chip file's section
// "command". The compiler's estimate is what the vendor's tools print, rebuilt: it has no start-ups
// and no factors, and tells how far a plan was the compiler's wish.

#pragma once

#include <string_view>
#include <vector>

#include "sim/chip/chip.h"
#include "sim/cost/provenance.h"
#include "sim/program/instruction.h"

namespace tpuscope {

/// Cycles of the command's engine and what else reports tell of it.
struct InstructionPrice {
  CommandCost cost{};
  std::uint8_t rule = 0;  ///< 1 + index in instruction_rules()
  std::int64_t useful_ops = 0;
  std::int64_t issued_ops = 0;
  std::int64_t bytes = 0;  ///< payload of a transfer
};

/// On silicon. A check fails for a chip that runs no streams.
InstructionPrice price_of(const ComputeInstruction& instruction, const Chip& chip);
InstructionPrice price_of(const TransferInstruction& instruction, const Chip& chip);

/// The compiler's estimate of a command of the BDC, in cycles.
double estimate_of(const ComputeInstruction& instruction, const Chip& chip);

/// What tables of commands call its class: "CONV", "depthwise", "AR two", "load".
std::string_view class_of(const ComputeInstruction& instruction);
std::string_view class_of(const TransferInstruction& instruction);

}  // namespace tpuscope
