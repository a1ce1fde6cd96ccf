// The two engines of a core: in-order queues that wait for each other by command id, as the command
// processor does it. A BDC command runs once the GDMA has finished the id it names, and vice versa.

#pragma once

#include "sim/chip.h"
#include "sim/command.h"
#include "sim/timeline.h"

namespace tpuscope {

/// start = max(end of the engine's previous command, end of the awaited command + sync latency)
/// + fetch; the first commands wait for the launch. A check fails for a program whose ids are not
/// 1, 2, ... per engine or that waits for a command issued later, and for a timeline that breaks
/// its own accounting.
Timeline run(const Program& program, const Chip& chip);

/// A number of cycles of an engine on the common axis, rounded to the nearest picosecond.
Picoseconds duration_of(const Chip& chip, Engine engine, std::int64_t cycles);

}  // namespace tpuscope
