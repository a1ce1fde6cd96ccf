// Commands from costs and operands.

#include "passes/lower/command_of.h"

#include <algorithm>

namespace tpuscope {
namespace {

constexpr std::size_t kWindow = std::tuple_size_v<decltype(Command::operands)>;

}  // namespace

CommandShape command_shape(const LocalShape& shape) {
  return {narrowed(shape.n), narrowed(shape.c), narrowed(shape.h), narrowed(shape.w)};
}

CommandShape command_shape(const Chip& chip, const LocalShape& shape, Alignment alignment) {
  if (alignment != Alignment::kCompact || shape.c <= chip.array.lanes) return command_shape(shape);
  return {narrowed(shape.n), narrowed(chip.array.lanes),
          narrowed(ceil_div(shape.c, chip.array.lanes) * shape.h), narrowed(shape.w)};
}

Command transfer_command(CommandKind kind, Direction direction, DType type, const GdmaCost& cost) {
  return {.kind = kind,
          .engine = Engine::kGdma,
          .direction = direction,
          .dtype = type,
          .rule = cost.rule,
          .cost = recorded(cost.cost),
          .bytes = cost.bytes.value,
          .ddr_read = cost.ddr_read.value,
          .ddr_write = cost.ddr_write.value};
}

void set_instruction(Command& command, const PlannedInstruction& instruction) {
  const InstructionPrice& price = instruction.price;
  command.kind = instruction.kind;
  command.dtype = instruction.fields.dtype;
  command.shape = instruction.fields.result;
  command.cost = price.cost;
  command.rule = price.rule;
  command.useful_ops = price.useful_ops;
  command.issued_ops = price.issued_ops;
}

std::size_t OperandReads::windows() const {
  return (ranges_.size() + kWindow - 1) / kWindow;
}

void OperandReads::give(Command& command, std::size_t window) const {
  const std::size_t begin = std::min(window * kWindow, ranges_.size());
  const std::size_t count = std::min(kWindow, ranges_.size() - begin);
  command.operand_count = static_cast<std::uint8_t>(count);
  command.operands = {};
  command.operand_parts.fill(kNone);
  for (std::size_t i = 0; i < count; ++i) {
    command.operands[i] = ranges_[begin + i];
    command.operand_parts[i] = parts_[begin + i];
  }
}

std::span<const LocalRange> OperandReads::first_ranges() const {
  return std::span(ranges_).first(std::min(kWindow, ranges_.size()));
}

}  // namespace tpuscope
