// From commands as they stand in a stream to instructions, which the cost model prices.

#pragma once

#include "sim/program/instruction.h"
#include "sim/stream/hardware_command.h"

namespace tpuscope {

/// A message between engines and cores. A wait ends when as many sends of its number have ended as
/// it counts, on top of those that waits of the same engine before it counted.
struct StreamMessage {
  bool is_wait = false;
  std::uint32_t number = 0;
  std::uint32_t count = 0;  ///< 0: the command is no message
};

/// Reads the fields of one instruction set; where they lie is looked up once.
class InstructionReader {
 public:
  explicit InstructionReader(InstructionSet set);

  ComputeInstruction compute(const HardwareCommand& command) const;
  TransferInstruction transfer(const HardwareCommand& command) const;
  StreamMessage message(const HardwareCommand& command, Engine engine) const;

 private:
  /// Index in the list of names in the .cpp file.
  std::uint64_t value(const HardwareCommand& command, std::size_t name) const {
    return fields_.value(command, name);
  }
  std::uint32_t small(const HardwareCommand& command, std::size_t name) const {
    return static_cast<std::uint32_t>(value(command, name));
  }
  bool has(const HardwareCommand& command, std::size_t name) const {
    return fields_.has(command, name);
  }

  InstructionSet set_;
  FieldTable fields_;
};

/// The element type of a precision code.
DType dtype_of_precision(std::uint64_t code);

}  // namespace tpuscope
