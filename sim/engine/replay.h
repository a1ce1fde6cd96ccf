// Replay: how a chip runs command streams that a compiler wrote for it. Queues, ids and messages
// are the hardware's, and so is the pace; what is planned here runs by sim/engine/engine.h.
//
//     start(c) = max(end of the engine's previous command + gap,
//                    end of the awaited command of the other engine + sync,
//                    end of the send that completes what a wait counts)
//
// A capture of BM1684X whose commands are given their measured lengths comes out to the cycle.
// Transfers of several cores at once slow each other down: two of them by Chip's sharing factor, k
// of them by k / 2 times that.

#pragma once

#include "base/result.h"
#include "sim/chip/chip.h"
#include "sim/engine/timeline.h"
#include "sim/program/command.h"

namespace tpuscope {

/// Fails with kInvalidInput where queues wait for each other for ever. A check fails for a program
/// without Stream, whose ids are not 1, 2, ... per core and engine, or of more cores than the chip.
/// A command that awaits an id beyond the other engine's last waits for the last.
Result<Timeline> replay(const Program& program, const Chip& chip);

}  // namespace tpuscope
