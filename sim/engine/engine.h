// The engines: each core has a BDC and a GDMA, in-order queues that wait for each other by command
// id, as the command processor does it. A BDC command runs once the GDMA of its core has finished
// the id it names, and vice versa.
//
// Cores meet between groups, and share the DDR:
// - where the group of commands changes, no core goes on before all have ended the group and a
//   message said so. Groups that follow each other on one and the same core do not meet.
// - a transfer spends its start-up alone; from then on it takes a share of what the DDR can carry
//   (its bytes on the bus in its time alone / peak * efficiency), at most all of it. While the
//   shares of all cores exceed the whole, all transfers slow down by the same factor.

#pragma once

#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"

namespace tpuscope {

/// start = max(end of the engine's previous command + gap, end of the awaited command + sync
/// latency, end of the layer before, or where cores meet + message); the first commands wait for
/// the launch. A check fails for a program whose ids are not 1, 2, ... per core and engine, that
/// waits for a command issued later or runs on a core that the chip lacks, and for a timeline that
/// breaks its own accounting.
///
/// Exact in integers: shares count in 1 / kWholeShare and are rounded up, speeds likewise and are
/// rounded down, ends are rounded up to picoseconds.
Timeline run(const Program& program, const Chip& chip);

inline constexpr std::int64_t kWholeShare = 1 << 16;

/// What a transfer takes of the DDR while it moves data, in 1 / kWholeShare.
std::int64_t ddr_share(const Command& command, const Chip& chip);

/// A number of cycles of an engine on the common axis, rounded to the nearest picosecond.
Picoseconds duration_of(const Chip& chip, Engine engine, std::int64_t cycles);
Picoseconds duration_of(const Chip& chip, Cycles<BdcClock> cycles);
Picoseconds duration_of(const Chip& chip, Cycles<GdmaClock> cycles);

/// Cycles of one engine, or parts of them, as those of the other.
double in_bdc_cycles(const Chip& chip, double gdma_cycles);
double in_gdma_cycles(const Chip& chip, double bdc_cycles);

}  // namespace tpuscope
