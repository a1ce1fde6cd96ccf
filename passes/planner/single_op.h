// SolvedOp: how an op runs when it is alone. The same for all ops of one signature on one chip, so
// that a network with its repeated blocks, and the many variants of a network that a what-if plans
// for, solve each kind of op once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/memo.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/local_memory.h"

namespace tpuscope {

struct SolvedOp {
  Shape shape{};                     ///< that the loops of the tiling walk
  std::optional<Tiling> tiling{};    ///< empty when the chip cannot run it
  std::vector<LocalRange> ranges{};  ///< of its buffers: operands, results, scratch
  std::int64_t need = 0;             ///< bytes per lane of a tile that does not fit
  std::int64_t pieces = 1;           ///< of what one result element folds
  std::int64_t sweeps = 1;           ///< how often they pass
  std::string problem{};             ///< a type that the chip lacks, as a sentence
};

/// Of one chip; keyed by signature_of.
struct SingleOpMemo {
  Memo<std::string, SolvedOp> ops{};
};

}  // namespace tpuscope
