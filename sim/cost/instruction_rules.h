// The rules of instruction costs by name, with the numbers of the chip that each part follows from.

#pragma once

#include <cstdint>
#include <vector>

#include "sim/cost/provenance.h"

namespace tpuscope {

/// In the order of instruction_rules().
enum class InstructionRule : std::uint8_t {
  kConv8,
  kConv16,
  kConvF32,
  kMatMul,
  kMatMulF32,
  kCube,
  kDepthwise,
  kPool,
  kArith,
  kArithPair,
  kCast,
  kDivide,
  kRequant,
  kBroadcast,
  kStatic,
  kGather,
  kLines,
  kTaylor,
  kRsqrt,
  kCompare,
  kSort,
  kSystem,
  kLoad,
  kStore,
  kCopyTransfer,
  kFill,
  kMatrixLoad,
  kMatrixStore,
  kPick,
  kTransferSystem,
  kHost,
  kNet,
};

/// What Command::rule holds: 0 is for commands that are priced by their kind alone.
constexpr std::uint8_t number_of(InstructionRule rule) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(rule) + 1);
}

/// Every rule; their paths exist in chips that run streams.
const std::vector<CostRule>& instruction_rules();

/// A price in whole cycles: at most `start` of it initial, at most `ideal` useful, the rest
/// padding.
CommandCost whole_cycles(double total, double start, double ideal);

}  // namespace tpuscope
