// Who works in the same bank of local memory at once, from the addresses of real commands. Captured
// commands take no longer for it (docs/streams.md), so that this is information, not a finding.

#pragma once

#include <cstddef>
#include <vector>

#include "base/units.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/stream/stream_program.h"

namespace tpuscope {

struct BankUse {
  std::size_t computations = 0;    ///< that touch local memory
  std::size_t sharing = 0;         ///< of them: an operand and the result meet in a bank of a lane
  std::size_t meeting = 0;         ///< of them: a transfer works in such a bank at the same time
  Picoseconds met{};               ///< for how long
  std::vector<bool> is_sharing{};  ///< by command
  std::vector<bool> is_meeting{};
  std::vector<Picoseconds> met_of{};
};

/// Every tensor counts from its first byte to its last. `timeline` is of the stream's commands.
BankUse bank_use(const DecodedStream& stream, const Timeline& timeline, const Chip& chip);

}  // namespace tpuscope
