// Which bytes of local memory a command reads and writes: tensors in their layouts, lane by lane.
// What verifiers and memory maps of real streams look at.

#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/stream/hardware_command.h"
#include "sim/stream/local_block.h"

namespace tpuscope {

/// Reads blocks of commands in the order of their engine: registers that earlier commands write
/// say where later ones find tables. One for each core.
class LocalAccessReader {
 public:
  explicit LocalAccessReader(InstructionSet set);

  /// Appends the command's blocks; false where it is not known what the command touches.
  bool append(const HardwareCommand& command, Engine engine, std::vector<LocalBlock>& blocks);

 private:
  FieldTable fields_;
  InstructionSet set_;
  std::map<std::uint64_t, std::uint64_t> registers_{};
};

}  // namespace tpuscope
