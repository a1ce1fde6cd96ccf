// TilePricer: what one choice of tile sizes costs an op, in local memory and in time. The time is
// closed-form (nothing is simulated): both engines' sums plus what cannot overlap at the ends.

#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "passes/tiling/tiling.h"

namespace tpuscope {

/// Per axis that may be cut the index of its tile size among TilePricer::sizes(); 0: not cut.
using TileChoice = std::vector<std::size_t>;

/// A choice of tile sizes and what it costs.
struct TileCandidate {
  TileChoice choice{};
  std::vector<SliceLoop> loops{};  ///< in the fastest order, outermost first
  TileBuffers buffers{};
  std::int64_t need = 0;     ///< bytes per lane of all buffers
  bool is_feasible = false;  ///< the buffers fit, and there is an order that the cores can share
  double cycles = 0;         ///< of the BDC's clock
  bool streams_weights =
      false;               ///< each round of the outermost loop loads another part of a weight
  std::int64_t cores = 1;  ///< that share the tiles
};

/// How the op's result is cut.
struct TileGrid {
  std::vector<SliceLoop> loops{};  ///< one per axis that is cut, in the order of the axes
  Region first{};                  ///< of result 0 in the first tile
  std::int64_t tiles = 1;

  /// How full the tiles of a loop are in the mean: its last tile may be smaller.
  std::vector<double> fill_of_loops(const Shape& result) const;
};

/// Something that is done for several tiles, which are in the mean only partly full.
struct TileRepeats {
  double times = 1;
  double fill = 1;
};

class TilePricer {
 public:
  TilePricer(const Chip& chip, const OpForm& form, const OperandKinds& kinds);

  /// Tile sizes worth trying, largest first, for each axis of result 0 that may be cut.
  const std::vector<std::vector<std::int64_t>>& sizes() const { return sizes_; }

  /// The choice when its tiles are distributed over several cores. Each of them gets a range of the
  /// outermost loop; that loop must change no weight, or each core would load other weights.
  TileCandidate price(const TileChoice& choice, std::int64_t cores);
  /// Of these loops in this order, on one core.
  TileCandidate price(std::vector<SliceLoop> loops);

 private:
  /// [loop][operand]: whether the loop changes which part of the operand is needed.
  using LoopReads = std::vector<std::vector<bool>>;
  /// What the engines do for one tile.
  struct TileWork {
    std::vector<EngineCost<GdmaClock>> loads{};  ///< per operand
    EngineCost<GdmaClock> store{};               ///< of all results
    Cycles<BdcClock> compute{};
  };
  class OrderSearch;

  TileGrid grid_of(const TileChoice& choice) const;
  /// Buffers, and whether they fit; without loops and time.
  TileCandidate placed_candidate(const TileGrid& grid, const LoopReads& reads,
                                 const Tile& largest) const;
  Tile largest_tile(const TileGrid& grid);
  const std::vector<Shape>& widest_of(const SliceLoop& loop);
  LoopReads reads_of(const TileGrid& grid, const Tile& first) const;
  void make_room_for_last_channels(const TileGrid& grid, TilePlacement& room) const;
  TileBuffers buffers_of(const TileGrid& grid, const LoopReads& reads, const Tile& largest) const;
  TileWork work_of(const Tile& first, const Tile& largest, const TileBuffers& buffers) const;
  bool reads_weight(const std::vector<bool>& operands) const;

  const Chip& chip_;
  const OpForm& form_;
  const OperandKinds& kinds_;
  std::vector<std::size_t> axes_{};
  std::vector<std::vector<std::int64_t>> sizes_{};
  /// By axis, extent and remainder of a loop. A loop may have as many slices as a batch has images,
  /// and a search tries each of them beside many of other axes.
  std::map<std::tuple<std::uint32_t, std::int64_t, Remainder>, std::vector<Shape>> widest_{};
};

}  // namespace tpuscope
