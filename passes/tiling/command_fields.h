// The fields of a command that works through a step's elements once, as the files that plan
// commands give them. Operands have addresses only to say whether the result takes the place of
// one.

#pragma once

#include <algorithm>
#include <array>

#include "sim/cost/layout.h"
#include "sim/program/instruction.h"

namespace tpuscope {

/// Bits of an element as commands work on it: wider types than 32 bits have none.
inline std::uint32_t command_bits(DType type) {
  constexpr std::int64_t kBits = 8;
  constexpr std::int64_t kWidest = 4;
  return static_cast<std::uint32_t>(kBits * std::min(kWidest, size_of(type)));
}

/// What a command of one pass reads and writes.
struct CommandPass {
  ComputeKind kind = ComputeKind::kArith;
  std::uint32_t from = 32;  ///< bits of the operands' elements
  std::uint32_t to = 32;    ///< of the result's
  bool overwrites = false;
  std::uint32_t operands = 1;
  std::uint32_t terms = 1;
};

inline ComputeInstruction command_fields(DType type, const CommandPass& pass,
                                         const LocalShape& shape) {
  ComputeInstruction fields{
      .kind = pass.kind,
      .dtype = type,
      .result = {narrowed(shape.n), narrowed(shape.c), narrowed(shape.h), narrowed(shape.w)},
      .terms = pass.terms,
      .operand_count = pass.operands};
  fields.output.bits = pass.to;
  for (std::uint32_t i = 0; i < fields.operands.size(); ++i) {
    fields.operands[i].bits = pass.from;
    fields.operands[i].address = pass.overwrites && i == 0 ? 0 : i + 1;
    fields.operands[i].is_constant = i >= pass.operands;
  }
  return fields;
}

}  // namespace tpuscope
