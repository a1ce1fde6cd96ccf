// Which commands of the BDC a step of an op's work becomes: the sequences that the vendor's
// compiler emits, command by command, with the fields that their cost depends on. Read off the
// streams of 208 networks of one operator compiled for this purpose; docs/model.md has the list.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "passes/tiling/op_form.h"
#include "sim/cost/instruction_cost.h"

namespace tpuscope {

/// A command that repeats `count` times, one after the other.
struct PlannedInstruction {
  ComputeInstruction fields{};
  CommandKind kind = CommandKind::kArith;
  InstructionPrice price{};
  std::int64_t count = 1;
  bool is_kept = false;  ///< what it makes serves all tiles: alone an op runs it first and once
};

/// The commands of a step in its layout, in order. `conflicts` is the number of operands in the
/// result's bank (0 to 2).
std::vector<PlannedInstruction> instructions_of(const Chip& chip, const PlacedStep& step,
                                                std::int64_t conflicts = 0);

/// A command of one of several steps.
struct StepInstruction {
  std::size_t step = 0;  ///< which one
  PlannedInstruction instruction{};
};

/// The commands of an op's steps in the order in which they run. Neighbouring steps that work image
/// by image are one kernel, which runs as a whole for each image. Tables of constants are fetched
/// before anything else, but for softmax in a layer group, which begins with its largest elements.
std::vector<StepInstruction> sequence_of(const Chip& chip, std::span<const PlacedStep> steps,
                                         std::int64_t conflicts = 0);

/// What they take together.
Cycles<BdcClock> total_cycles(std::span<const PlannedInstruction> instructions);
/// Of all steps.
Cycles<BdcClock> total_cycles(const Chip& chip, std::span<const PlacedStep> steps,
                              std::int64_t conflicts = 0);

}  // namespace tpuscope
