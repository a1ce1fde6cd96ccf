// Use of local memory over time, from the ranges that commands name. Shared by the peak in reports,
// the counter of traces and the memory map of the page.

#pragma once

#include <vector>

#include "sim/engine/timeline.h"

namespace tpuscope {

/// From `time` on, `bytes` of every lane's local memory hold data that is still needed.
struct LocalUse {
  Picoseconds time{};
  std::int64_t bytes = 0;
};

/// Data in [address, address + bytes) of every lane from the start of the command that
/// writes it until its last use.
struct LocalLifetime {
  std::int64_t address = 0;
  std::int64_t bytes = 0;
  Picoseconds from{};
  Picoseconds until{};
  std::uint32_t writer = kNone;  ///< index in Program::commands
};

/// The contents over time, ordered by the time at which they are written, then by address. At no
/// time do two of one core share a byte; the core is the writer's.
std::vector<LocalLifetime> local_lifetimes(const Program& program, const Timeline& timeline);

/// Changes of the bytes in use, in order of time; ends with 0. A byte is in use from the start of
/// the command that writes it to the end of the last command that reads it before it is written
/// again; a byte that is never read until its writer ends.
std::vector<LocalUse> local_memory_use(const Program& program, const Timeline& timeline);

/// Largest number of bytes per lane in use at once.
std::int64_t peak_of(const std::vector<LocalUse>& use);

}  // namespace tpuscope
