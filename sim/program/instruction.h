// Instruction: a command as a value, with those fields of the hardware's command that decide how
// long it takes. One cost model prices commands that were read from compiled models and commands
// that were planned here: both are made into this form first.

#pragma once

#include <array>
#include <cstdint>

#include "sim/program/command.h"

namespace tpuscope {

/// What a command of the BDC does, as far as its time depends on it.
enum class ComputeKind : std::uint8_t {
  kConv,
  kDepthwise,
  kPool,
  kMatMul,        ///< beside the cube
  kCubeMatMul,    ///< in the cube; neither operand transposed
  kCubeMatMulNT,  ///< the right operand, or both
  kArith,
  kDivide,
  kCast,
  kCopy,
  kRequant,
  kTranspose,  ///< lanes against the innermost axis
  kLaneCopy,
  kLaneBroadcast,
  kStaticBroadcast,  ///< out of the static memory
  kGather,
  kHazardGather,  ///< with operands that may overlap
  kLines,         ///< gather and scatter of whole lines
  kTaylor,
  kRsqrt,
  kSpecial,  ///< other functions of the same unit
  kCompare,
  kSort,
  kLinear,
  kVector,
  kSystem,  ///< end, barrier, write of a register
  kMessage,
  kOther,
};

/// One tensor of a command in local memory.
struct InstructionOperand {
  std::uint32_t bits = 8;    ///< of an element
  bool is_constant = false;  ///< in the command itself
  bool is_strided = false;   ///< by strides of its own, not in one of the fixed layouts
  std::uint32_t address = 0;
  std::uint32_t w_stride = 1;  ///< of strided ones, in elements
};

/// A command of the BDC. Extents are n, c, h, w.
struct ComputeInstruction {
  ComputeKind kind = ComputeKind::kOther;
  DType dtype = DType::kI8;  ///< of the first operand
  std::array<std::uint32_t, 4> result{1, 1, 1, 1};
  std::array<std::uint32_t, 4> input{1, 1, 1, 1};  ///< the first operand, where it differs
  std::array<std::uint32_t, 2> kernel{1, 1};       ///< h, w
  std::array<std::uint32_t, 2> stride{1, 1};       ///< h, w
  std::uint32_t reduced = 1;                       ///< of a product: extent that is summed over
  std::uint32_t terms = 1;                         ///< of a series
  std::uint32_t operand_count = 1;
  InstructionOperand output{};
  std::array<InstructionOperand, 2> operands{};
};

enum class TransferKind : std::uint8_t {
  kTensor,
  kBroadcast,         ///< one source to every lane
  kMatrix,            ///< rows and columns in DDR, dealt out to lanes
  kTransposedMatrix,  ///< and transposed on the way
  kTranspose,         ///< channels against the innermost axis
  kFill,              ///< a constant
  kGeneral,           ///< so many bytes in a row
  kPick,              ///< gather and scatter by an index, row by row
  kSystem,
  kMessage,
};

struct TransferSide {
  bool is_local = false;
  std::uint64_t address = 0;
  std::array<std::uint32_t, 4> extents{};  ///< 0 where the command says nothing of this side
  std::array<std::uint32_t, 4> strides{};  ///< in elements
};

/// A command of the GDMA.
struct TransferInstruction {
  TransferKind kind = TransferKind::kTensor;
  DType dtype = DType::kI8;
  std::uint32_t element_bits = 8;
  TransferSide source{};
  TransferSide destination{};  ///< extents as the source where the command copies shape as well

  Direction direction() const {
    if (source.is_local) {
      return destination.is_local ? Direction::kLocalToLocal : Direction::kLocalToDdr;
    }
    return destination.is_local ? Direction::kDdrToLocal : Direction::kDdrToDdr;
  }
};

}  // namespace tpuscope
