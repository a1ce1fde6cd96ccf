// Tiling: how a single op is cut so that its tiles fit local memory twice over (one in work, one on
// its way) and the slower engine is never idle for longer than it must.

#pragma once

#include <optional>
#include <vector>

#include "passes/tiling/op_form.h"
#include "passes/tiling/plan.h"
#include "sim/chip/chip.h"
#include "sim/cost/cost.h"

namespace tpuscope {

struct Tiling {
  std::vector<SliceLoop> loops{};  ///< outermost first; only axes that are cut
  /// Places per operand and per result: 2 where tiles take turns, 0 where nothing is loaded.
  std::vector<std::int64_t> operand_places{};
  std::vector<std::int64_t> result_places{};
  TilePlacement placement{};  ///< of the largest tile
  std::int64_t cycles = 0;    ///< expected, of the TIU's clock
  std::int64_t cores = 1;     ///< that share the tiles, each a range of the outermost loop
};

/// Which operands of an op are immediates and which weights; the rest are activations.
struct OperandKinds {
  std::vector<bool> immediate{};  ///< one-element constants: part of the instruction
  std::vector<bool> weight{};
};

/// Empty when no tile fits. `need` then receives the bytes per lane of the smallest one.
std::optional<Tiling> choose_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds,
                                    std::int64_t* need);

/// Tiles of the loops, in order.
std::vector<Region> tiles_of(const OpForm& form, const std::vector<SliceLoop>& loops);

/// The transfer of an operand's or result's part between DDR and local memory.
Transfer transfer_of(Direction direction, const Region& region, const TensorType& type,
                     const Placement& placement);

}  // namespace tpuscope
