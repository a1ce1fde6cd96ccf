// A machine that is stepped picosecond by picosecond: the rules of sim/engine/engine.h as they
// read, with no thought for speed and no code shared with the engines.

#pragma once

#include <vector>

#include "sim/chip/chip.h"
#include "sim/program/command.h"

namespace tpuscope::testing {

/// When a command ran, in picoseconds.
struct NaiveSpan {
  std::int64_t start = -1;
  std::int64_t end = -1;
  friend bool operator==(const NaiveSpan&, const NaiveSpan&) = default;
};

/// Spans of the program's commands. All times of the chip must be whole picoseconds.
std::vector<NaiveSpan> run_naively(const Program& program, const Chip& chip);

}  // namespace tpuscope::testing
