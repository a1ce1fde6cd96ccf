// Names for commands: what timelines and tables call them.

#include <algorithm>

#include "sim/cost/instruction_cost.h"

namespace tpuscope {

std::uint32_t operands_in_memory(const ComputeInstruction& instruction) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(instruction.operand_count, 2); ++i)
    count += instruction.operands[i].is_constant ? 0U : 1U;
  return count;
}

CommandKind command_kind(ComputeKind kind) {
  switch (kind) {
    case ComputeKind::kConv:
      return CommandKind::kConv;
    case ComputeKind::kMatMul:
    case ComputeKind::kCubeMatMul:
    case ComputeKind::kCubeMatMulNT:
      return CommandKind::kMatMul;
    case ComputeKind::kDepthwise:
      return CommandKind::kDepthwise;
    case ComputeKind::kPool:
      return CommandKind::kReduce;
    case ComputeKind::kDivide:
      return CommandKind::kDivide;
    case ComputeKind::kCast:
      return CommandKind::kConvert;
    case ComputeKind::kRequant:
      return CommandKind::kRequant;
    case ComputeKind::kGather:
    case ComputeKind::kHazardGather:
    case ComputeKind::kLines:
      return CommandKind::kLookup;
    case ComputeKind::kTaylor:
    case ComputeKind::kSpecial:
      return CommandKind::kTaylor;
    case ComputeKind::kRsqrt:
      return CommandKind::kRsqrt;
    case ComputeKind::kCompare:
      return CommandKind::kCompare;
    case ComputeKind::kTranspose:
    case ComputeKind::kLaneCopy:
    case ComputeKind::kLaneBroadcast:
    case ComputeKind::kStaticBroadcast:
      return CommandKind::kBroadcast;
    case ComputeKind::kSort:
      return CommandKind::kSort;
    case ComputeKind::kSystem:
    case ComputeKind::kMessage:
      return CommandKind::kSystem;
    case ComputeKind::kArith:
    case ComputeKind::kCopy:
    case ComputeKind::kLinear:
    case ComputeKind::kVector:
    case ComputeKind::kOther:
      return CommandKind::kArith;
  }
  unreachable();
}

std::string_view class_of(const ComputeInstruction& instruction) {
  switch (instruction.kind) {
    case ComputeKind::kConv:
      return "CONV";
    case ComputeKind::kDepthwise:
      return "depthwise";
    case ComputeKind::kPool:
      return "pool";
    case ComputeKind::kMatMul:
      return "MM";
    case ComputeKind::kCubeMatMul:
    case ComputeKind::kCubeMatMulNT:
      return "MM2";
    case ComputeKind::kArith:
      return operands_in_memory(instruction) == 2 ? "AR two" : "AR one";
    case ComputeKind::kDivide:
      return "AR divide";
    case ComputeKind::kCast:
      return "AR cast";
    case ComputeKind::kCopy:
      return "AR copy";
    case ComputeKind::kRequant:
      return "RQ&DQ";
    case ComputeKind::kTranspose:
      return "TRANS";
    case ComputeKind::kLaneCopy:
    case ComputeKind::kLaneBroadcast:
    case ComputeKind::kStaticBroadcast:
      return "BC";
    case ComputeKind::kGather:
    case ComputeKind::kHazardGather:
      return "SG";
    case ComputeKind::kLines:
      return "SGL";
    case ComputeKind::kTaylor:
    case ComputeKind::kRsqrt:
    case ComputeKind::kSpecial:
      return "SFU";
    case ComputeKind::kCompare:
      return "CMP";
    case ComputeKind::kSort:
      return "sort";
    case ComputeKind::kLinear:
      return "LIN";
    case ComputeKind::kVector:
      return "VC";
    case ComputeKind::kSystem:
    case ComputeKind::kMessage:
      return "SYS";
    case ComputeKind::kOther:
      return "other";
  }
  unreachable();
}

}  // namespace tpuscope
