// What an instruction costs by its fields: two models. The silicon's was measured command by
// command on boards and on whole networks; every number of it is in the chip file's section
// "command". The compiler's estimate is what the vendor's tools print, rebuilt: it has no start-ups
// and no factors, and tells how far a plan was the compiler's wish.

#pragma once

#include <string_view>
#include <vector>

#include "sim/chip/chip.h"
#include "sim/cost/provenance.h"
#include "sim/program/instruction.h"

namespace tpuscope {

/// Cycles of the command's engine and what else reports tell of it. Which of the models prices a
/// command the chip says (PriceModel).
struct InstructionPrice {
  CommandCost cost{};
  std::uint8_t rule = 0;  ///< 1 + index in instruction_rules()
  std::int64_t useful_ops = 0;
  std::int64_t issued_ops = 0;
  std::int64_t bytes = 0;  ///< payload of a transfer
};

InstructionPrice price_of(const ComputeInstruction& instruction, const Chip& chip);
InstructionPrice price_of(const TransferInstruction& instruction, const Chip& chip);

/// What of a transfer decides how long it takes.
struct TransferForm {
  Direction direction = Direction::kNone;
  double bytes = 0;
  double runs = 1;            ///< contiguous, on the side that has more; lanes never join
  double elements_apart = 0;  ///< moved one by one, where a side's neighbours lie apart
  bool writes_apart = false;  ///< it is the destination's
  bool is_fill = false;
  bool is_matrix = false;  ///< rows and columns dealt out to lanes; `runs` are pieces of rows
  double bus_bytes = 0;  ///< what crosses the DDR's bus, in whole granules; it takes the bus's time
};
InstructionPrice price_of(const TransferForm& form, const Chip& chip);
/// Rows that an index picks, within DDR.
InstructionPrice gather_price(double bytes, double rows, const Chip& chip);

/// The compiler's estimate of a command of the BDC, in cycles.
double estimate_of(const ComputeInstruction& instruction, const Chip& chip);

/// Operands that a command reads from local memory, not from itself.
std::uint32_t operands_in_memory(const ComputeInstruction& instruction);

/// What timelines call a command of this kind.
CommandKind command_kind(ComputeKind kind);

/// What tables of commands call its class: "CONV", "depthwise", "AR two", "load".
std::string_view class_of(const ComputeInstruction& instruction);
std::string_view class_of(const TransferInstruction& instruction);

}  // namespace tpuscope
