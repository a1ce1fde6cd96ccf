// Operands and shapes of commands.

#include "passes/lower/command_of.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

namespace tpuscope::test {
namespace {

OperandReads reads_of(std::uint32_t count) {
  OperandReads reads;
  for (std::uint32_t i = 0; i < count; ++i)
    reads.add({.address = 100 * i, .bytes = 8}, i);
  return reads;
}

TEST_CASE("a command names five operands, those of an op with more come in windows") {
  CHECK(reads_of(0).windows() == 0);
  CHECK(reads_of(5).windows() == 1);
  CHECK(reads_of(6).windows() == 2);
  Command command;
  reads_of(7).give(command, 0);
  CHECK(command.operand_count == 5);
  CHECK(command.operands[4].address == 400);
  CHECK(command.operand_parts == std::array<std::uint32_t, 5>{0, 1, 2, 3, 4});
}

TEST_CASE("a window that is not full leaves nothing of the one before") {
  Command command;
  const OperandReads reads = reads_of(6);
  reads.give(command, 0);
  reads.give(command, 1);
  CHECK(command.operand_count == 1);
  CHECK(command.operands[0].address == 500);
  CHECK(command.operands[1].bytes == 0);
  CHECK(command.operand_parts == std::array<std::uint32_t, 5>{5, kNone, kNone, kNone, kNone});
}

TEST_CASE("conflicts are counted over the first window") {
  CHECK(reads_of(7).first_ranges().size() == 5);
  CHECK(reads_of(2).first_ranges().size() == 2);
}

TEST_CASE("in compact layouts the slots of a lane are its rows") {
  const Chip chip = mini_chip();  // 4 lanes
  CHECK(command_shape(chip, {1, 10, 2, 8}, Alignment::kCompact) == CommandShape{1, 4, 3 * 2, 8});
  CHECK(command_shape(chip, {1, 4, 2, 8}, Alignment::kCompact) == CommandShape{1, 4, 2, 8});
  CHECK(command_shape(chip, {1, 10, 2, 8}, Alignment::kAligned) == CommandShape{1, 10, 2, 8});
}

TEST_CASE("a transfer's command has its cost and what crosses the bus") {
  const GdmaCost cost{.cost = {.initial = {10}, .useful = {5}}, .bytes = {40}, .ddr_read = {64}};
  const Command command =
      transfer_command(CommandKind::kLoad, Direction::kDdrToLocal, DType::kF16, cost);
  CHECK(command.engine == Engine::kGdma);
  CHECK(command.cost.total() == 10 + 5);
  CHECK(command.bytes == 40);
  CHECK(command.ddr_read == 64);
  CHECK(command.ddr_write == 0);
}

}  // namespace
}  // namespace tpuscope::test
