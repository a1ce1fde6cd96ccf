// Which bytes outside of local memory a command of the GDMA reads and writes.

#pragma once

#include <cstdint>
#include <vector>

#include "sim/program/instruction.h"

namespace tpuscope {

/// Memories of the chip itself are below.
inline constexpr std::uint64_t kFirstOfDdr = std::uint64_t{1} << 32U;

/// Addresses [begin, end) in DDR.
struct DdrRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// What is known of the DDR before and after a run.
struct DdrBoundary {
  std::vector<DdrRange> inputs{};
  DdrRange weights{};
  std::vector<DdrRange> outputs{};
  /// Nothing else is there: no part of the model is left out, whose results would be.
  bool is_whole = false;
};

/// What is contiguous is one range. Of a transfer in more than some ten thousand pieces, and of one
/// whose rows an index picks, all from the first to the last byte is one, which `is_exact` tells.
struct DdrRanges {
  std::vector<DdrRange> ranges{};
  bool is_exact = true;
};

/// Of the side that is read, or of the one that is written; nothing where that lies in local
/// memory.
DdrRanges ddr_source(const TransferInstruction& transfer);
DdrRanges ddr_destination(const TransferInstruction& transfer);

}  // namespace tpuscope
