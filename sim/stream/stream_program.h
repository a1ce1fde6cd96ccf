// The streams of a compiled model as a Program: its commands with ids, messages and prices, in an
// order in which none waits for a later one.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sim/chip/chip.h"
#include "sim/program/command.h"
#include "sim/stream/bmodel.h"
#include "sim/stream/ddr_ranges.h"
#include "sim/stream/instructions.h"
#include "sim/stream/local_access.h"

namespace tpuscope {

/// Both engines of one core, as bytes.
struct StreamBytes {
  std::string bdc{};
  std::string gdma{};
};

/// One command, without a price: chips may change while this stays.
struct StreamCommand {
  Engine engine = Engine::kBdc;
  std::uint8_t core = 0;
  std::uint32_t id = 0;       ///< 1, 2, ... over all parts
  std::uint32_t wait_id = 0;  ///< likewise
  std::uint32_t index = 0;    ///< in `computes` or `transfers`
  /// One past its last block in `blocks`; the first is where those of the command before end.
  std::uint32_t blocks_end = 0;
  bool is_opaque = false;  ///< what it touches in local memory is not known
};

struct DecodedStream {
  std::vector<StreamCommand> commands{};  ///< in an order in which they can be issued
  std::vector<ComputeInstruction> computes{};
  std::vector<TransferInstruction> transfers{};
  std::vector<LocalBlock> blocks{};  ///< of local memory: reads before writes within a command
  InstructionSet set = InstructionSet::kBm1684x;
  Stream rules{};
  std::size_t cores = 1;

  std::span<const LocalBlock> blocks_of(std::size_t command) const {
    const std::size_t begin = command == 0 ? 0 : commands[command - 1].blocks_end;
    return std::span(blocks).subspan(begin, commands[command].blocks_end - begin);
  }
};

/// Parts run one after the other, each with streams of every core. Errors are those of
/// decode_stream, and kInvalidInput where commands wait for each other for ever.
Result<DecodedStream> decode_parts(InstructionSet set,
                                   const std::vector<std::vector<StreamBytes>>& parts,
                                   const std::string& where);

/// Prices every command on the chip. What a load brings that is in none of these inputs and that
/// no command of the stream writes is a weight. Commands belong to op 0 and group 0 until somebody
/// says more.
Program program_of(const DecodedStream& stream, const Chip& chip,
                   const std::vector<DdrRange>& inputs = {});

}  // namespace tpuscope
