// Names of commands, engines and directions.

#include "sim/program/command.h"

#include "base/check.h"

namespace tpuscope {

std::string_view name_of(CommandKind kind) {
  switch (kind) {
    case CommandKind::kConv:
      return "Conv";
    case CommandKind::kMatMul:
      return "MatMul";
    case CommandKind::kDepthwise:
      return "Depthwise";
    case CommandKind::kArith:
      return "Arith";
    case CommandKind::kCompare:
      return "Compare";
    case CommandKind::kConvert:
      return "Convert";
    case CommandKind::kDivide:
      return "Divide";
    case CommandKind::kTaylor:
      return "Taylor";
    case CommandKind::kRsqrt:
      return "Rsqrt";
    case CommandKind::kReduce:
      return "Reduce";
    case CommandKind::kLookup:
      return "Lookup";
    case CommandKind::kRequant:
      return "Requantise";
    case CommandKind::kSort:
      return "Sort";
    case CommandKind::kLoad:
      return "Load";
    case CommandKind::kLoadWeight:
      return "Load weight";
    case CommandKind::kStore:
      return "Store";
    case CommandKind::kCopy:
      return "Copy";
    case CommandKind::kFill:
      return "Fill";
    case CommandKind::kBroadcast:
      return "Broadcast";
    case CommandKind::kHost:
      return "Host";
    case CommandKind::kSystem:
      return "System";
  }
  unreachable();
}

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::kBdc:
      return "BDC";
    case Engine::kGdma:
      return "GDMA";
  }
  unreachable();
}

std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::kNone:
      return "";
    case Direction::kDdrToLocal:
      return "S2L";
    case Direction::kLocalToDdr:
      return "L2S";
    case Direction::kDdrToDdr:
      return "S2S";
    case Direction::kLocalToLocal:
      return "L2L";
  }
  unreachable();
}

}  // namespace tpuscope
