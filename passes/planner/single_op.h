// SolvedOp: how an op runs when it is alone. The same for all ops of one signature on one chip, so
// that a network with its repeated blocks, and the many variants of a network that a what-if plans
// for, solve each kind of op once.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/memo.h"
#include "base/units.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/local_memory.h"

namespace tpuscope {

/// An op that is not cut into tiles: it has a kernel, or only moves data.
struct WholeOp {
  std::int64_t local_bytes = 0;  ///< that it uses of a lane
  bool has_scratch = false;      ///< where it states so, even none
  std::int64_t cores = 1;
};

struct SolvedOp {
  Shape shape{};                     ///< that the loops of the tiling walk
  std::optional<Tiling> tiling{};    ///< empty when the chip cannot run it
  std::vector<LocalRange> ranges{};  ///< of its buffers: operands, results, scratch
  std::int64_t need = 0;             ///< bytes per lane of a tile that does not fit
  std::int64_t pieces = 1;           ///< of what one result element folds
  std::int64_t sweeps = 1;           ///< how often they pass
  std::optional<WholeOp> whole{};
  Picoseconds time{};     ///< that it is expected to take
  std::string problem{};  ///< why the chip cannot run it, as a sentence; empty: it can
  std::string hint{};
};

/// Of one chip; keyed by NetworkFacts::OpFacts::number.
struct SingleOpMemo {
  Memo<std::uint32_t, SolvedOp> ops{};
};

}  // namespace tpuscope
