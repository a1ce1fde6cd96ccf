// Parts of commands that single ops, movements and layer groups lower alike: the costs of transfers
// and instructions, and the operands that instructions read.

#pragma once

#include <array>
#include <vector>

#include "passes/tiling/instructions.h"
#include "sim/cost/cost.h"
#include "sim/program/command.h"

namespace tpuscope {

/// n, c, h, w of a block in local memory, as commands hold them.
using CommandShape = std::array<std::uint32_t, 4>;
CommandShape command_shape(const LocalShape& shape);
/// The same for a layout. Compact ones deal rows out to lanes: the slots of a lane are its h.
CommandShape command_shape(const Chip& chip, const LocalShape& shape, Alignment alignment);

/// A transfer's command with its cost, without ids, ranges and parts.
Command transfer_command(CommandKind kind, Direction direction, DType type, const GdmaCost& cost);

/// Gives a BDC command the kind, shape and price of an instruction.
void set_instruction(Command& command, const PlannedInstruction& instruction);

/// What the instructions of one op read. A command names kCommandOperands; those of an op with more
/// are read by several of its instructions, a window of them each.
class OperandReads {
 public:
  void add(const LocalRange& range, std::uint32_t part) {
    ranges_.push_back(range);
    parts_.push_back(part);
  }
  std::size_t windows() const;
  /// The command reads these operands and no others.
  void give(Command& command, std::size_t window) const;
  /// Those of the first window.
  std::span<const LocalRange> first_ranges() const;

 private:
  std::vector<LocalRange> ranges_{};
  std::vector<std::uint32_t> parts_{};
};

}  // namespace tpuscope
