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

/// Local memory of the tiles of one op.
struct TileBuffers {
  TilePlacement placement{};  ///< of the largest tile
  /// Buffers per operand and per result: 2 where tiles take turns (ping-pong), 0 where nothing is
  /// loaded.
  std::vector<std::int64_t> per_operand{};
  std::vector<std::int64_t> per_result{};

  /// Bytes per lane of each buffer: those of the operands, of the results, working space if any.
  std::vector<std::int64_t> sizes() const;
};

struct Tiling {
  std::vector<SliceLoop> loops{};  ///< outermost first; only axes that are cut
  TileBuffers buffers{};
  Cycles<BdcClock> cycles{};  ///< expected
  std::int64_t cores = 1;     ///< that share the tiles, each a range of the outermost loop
};

/// Which operands of an op are immediates and which weights; the rest are activations.
struct OperandKinds {
  std::vector<bool> immediate{};  ///< not loaded by themselves: one-element constants and the like
  std::vector<bool> weight{};
};

/// A tiling, or how far the op is from one.
struct TilingSearch {
  std::optional<Tiling> tiling{};  ///< empty when no tile fits
  std::int64_t need = 0;           ///< bytes per lane of the tile that was settled on
  bool is_of_kernel = false;       ///< cut as the vendor's kernel cuts it
};
/// As the vendor's kernel cuts the op, where that is known and fits; else the fastest found.
TilingSearch choose_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds);
/// The fastest found, whatever the vendor's kernel does.
TilingSearch search_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds);

/// Tiles of the loops, in order.
std::vector<Region> tiles_of(const OpForm& form, const std::vector<SliceLoop>& loops);

/// The load of a filter: it is in DDR as in local memory, and goes in one run.
Transfer load_of_filter(const TensorType& type, const Placement& placement);
/// The load of an operand's part into a layout. A constant right operand of a product is in DDR
/// in the order in which it is read: the compiler transposed it.
Transfer load_of(const OpForm& form, const OperandKinds& kinds, std::size_t operand,
                 const Region& region, const Placement& placement);
/// The transfer of an operand's or result's part between DDR and local memory.
Transfer transfer_of(Direction direction, const Region& region, const TensorType& type,
                     const Placement& placement);

}  // namespace tpuscope
