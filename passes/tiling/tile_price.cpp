// Footprint, transfers, compute, order of loops and sharing among cores: one function each.

#include "passes/tiling/tile_price.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "passes/tiling/instructions.h"
#include "sim/cost/local_memory.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

/// Halves and thirds of the extent, and whole sets of lanes and cube columns; largest first.
std::vector<std::int64_t> tile_sizes(const Chip& chip, std::int64_t extent) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t parts = 1; parts < 2 * extent; parts *= 2) {
    sizes.push_back(ceil_div(extent, parts));
    if (parts > 1) sizes.push_back(ceil_div(extent, parts / 2 * 3));
  }
  for (const std::int64_t unit : {chip.array.lanes, chip.cube.columns}) {
    for (std::int64_t size = unit; size < extent; size *= 2) {
      sizes.push_back(size);
      if (size / 2 * 3 < extent) sizes.push_back(std::max<std::int64_t>(1, size / 2 * 3));
    }
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

/// GDMA cycles of all repeats: the start-up of each is whole, its work is as full as the tile.
double cycles_of(const EngineCost<GdmaClock>& cost, const TileRepeats& repeats) {
  return repeats.times * (static_cast<double>(cost.initial.value) +
                          repeats.fill * static_cast<double>((cost.total() - cost.initial).value));
}

/// Repeats on the one of several cores that ends last: it has most of the tiles, and whole ones.
TileRepeats most_on_one(const TileRepeats& all, std::int64_t cores) {
  const double most = std::ceil(all.times / static_cast<double>(cores));
  return {most, cores == 1 ? all.fill : std::min(1.0, all.times * all.fill / most)};
}

}  // namespace

std::vector<double> TileGrid::fill_of_loops(const Shape& result) const {
  std::vector<double> fills;
  for (const SliceLoop& loop : loops) {
    fills.push_back(static_cast<double>(result[loop.axis]) /
                    static_cast<double>(loop.extent * loop.count));
  }
  return fills;
}

TilePricer::TilePricer(const Chip& chip, const OpForm& form, const OperandKinds& kinds)
    : chip_(chip), form_(form), kinds_(kinds) {
  const Shape& shape = form.view.result().shape;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!form.divisible[axis] || shape[axis] <= 1) continue;
    axes_.push_back(axis);
    const std::int64_t unit = axis == 1 ? form.channel_unit : 1;
    sizes_.push_back(tile_sizes(chip, shape[axis] / unit));
    for (std::int64_t& size : sizes_.back())
      size *= unit;
  }
}

TileGrid TilePricer::grid_of(const TileChoice& choice) const {
  const Shape& shape = form_.view.result().shape;
  TileGrid grid{.first = whole(shape)};
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const std::int64_t extent = sizes_[i][choice[i]];
    grid.first[axes_[i]] = {0, extent};
    if (choice[i] == 0) continue;
    const std::int64_t count = ceil_div(shape[axes_[i]], extent);
    grid.loops.push_back(
        {static_cast<std::uint32_t>(axes_[i]), static_cast<std::uint32_t>(count), extent});
    grid.tiles *= count;
  }
  return grid;
}

/// The first tile, with each operand as large as any tile needs it: tiles at a border need less
/// halo than those inside, and fractional scales make some tiles need an element more. What one
/// axis of an operand needs depends on one axis of the result, so that each loop is looked at by
/// itself.
Tile TilePricer::largest_tile(const TileGrid& grid) {
  Tile largest = tile_of(form_, grid.first);
  for (const SliceLoop& loop : grid.loops) {
    const std::vector<Shape>& widest = widest_of(loop);
    for (std::size_t o = 0; o < widest.size(); ++o) {
      for (std::size_t axis = 0; axis < widest[o].size(); ++axis) {
        Range& range = largest.operands[o][axis];
        range.end = std::max(range.end, range.begin + widest[o][axis]);
      }
    }
  }
  return largest;
}

/// The most that a slice of the loop needs of each axis of each operand, while of all other axes of
/// the result it has as little as any tile.
const std::vector<Shape>& TilePricer::widest_of(const SliceLoop& loop) {
  const auto [known, is_new] = widest_.try_emplace({loop.axis, loop.extent, loop.remainder});
  std::vector<Shape>& widest = known->second;
  if (!is_new) return widest;
  const Shape& shape = form_.view.result().shape;
  Region region = whole(shape);
  for (std::size_t i = 0; i < axes_.size(); ++i)
    region[axes_[i]] = {0, sizes_[i].back()};
  for (std::int64_t i = 0; i < loop.count; ++i) {
    region[loop.axis] = loop.slice(shape[loop.axis], i);
    const Tile tile = tile_of(form_, region);
    widest.resize(tile.operands.size());
    for (std::size_t o = 0; o < tile.operands.size(); ++o) {
      widest[o].resize(tile.operands[o].size(), 0);
      for (std::size_t axis = 0; axis < widest[o].size(); ++axis)
        widest[o][axis] = std::max(widest[o][axis], tile.operands[o][axis].extent());
    }
  }
  return widest;
}

/// The last tile of a loop differs from the first when any does, even if only by being smaller.
TilePricer::LoopReads TilePricer::reads_of(const TileGrid& grid, const Tile& first) const {
  const Shape& shape = form_.view.result().shape;
  LoopReads reads;
  for (const SliceLoop& loop : grid.loops) {
    Region region = grid.first;
    region[loop.axis] = loop.slice(shape[loop.axis], loop.count - 1);
    const Tile last = tile_of(form_, region);
    std::vector<bool> row;
    for (std::size_t o = 0; o < first.operands.size(); ++o)
      row.push_back(loop.restarts || (form_.reloads_bias && o > 1) ||
                    last.operands[o] != first.operands[o]);
    reads.push_back(std::move(row));
  }
  return reads;
}

/// Room for the last of several groups of channels too: of fewer channels a filter may have another
/// form, with longer rows.
void TilePricer::make_room_for_last_channels(const TileGrid& grid, TilePlacement& room) const {
  if (form_.channel_unit <= 1) return;
  for (const SliceLoop& loop : grid.loops) {
    if (loop.axis != 1) continue;
    Region region = grid.first;
    region[1] = loop.slice(form_.view.result().shape[1], loop.count - 1);
    const TilePlacement last = place(chip_, form_, tile_of(form_, region));
    for (std::size_t o = 0; o < room.operands.size(); ++o)
      room.operands[o].bytes = std::max(room.operands[o].bytes, last.operands[o].bytes);
  }
}

/// Immediates take no buffer. What is the same for all tiles is loaded once and needs one.
TileBuffers TilePricer::buffers_of(const TileGrid& grid, const LoopReads& reads,
                                   const Tile& largest) const {
  TileBuffers buffers{.placement = place(chip_, form_, largest)};
  make_room_for_last_channels(grid, buffers.placement);
  for (std::size_t o = 0; o < largest.operands.size(); ++o) {
    const bool is_folded = form_.fold && form_.fold->axes[o];
    const bool varies = is_folded || std::any_of(reads.begin(), reads.end(),
                                                 [o](const auto& loop) { return loop[o]; });
    buffers.per_operand.push_back(kinds_.immediate[o] ? 0 : varies ? 2 : 1);
  }
  const bool is_stored_in_pieces = form_.fold && form_.fold->result_axis;
  buffers.per_result.assign(largest.results.size(), grid.tiles > 1 || is_stored_in_pieces ? 2 : 1);
  return buffers;
}

TilePricer::TileWork TilePricer::work_of(const Tile& first, const Tile& largest,
                                         const TileBuffers& buffers) const {
  TileWork work;
  for (std::size_t o = 0; o < largest.operands.size(); ++o) {
    if (buffers.per_operand[o] == 0) {
      work.loads.emplace_back();
      continue;
    }
    const Transfer load =
        load_of(form_, kinds_, o, largest.operands[o], buffers.placement.operands[o]);
    work.loads.push_back(gdma_cost(chip_, load).cost);
  }
  for (std::size_t r = 0; r < first.results.size(); ++r) {
    const Transfer store = transfer_of(Direction::kLocalToDdr, first.results[r],
                                       form_.view.result(r), buffers.placement.results[r]);
    const EngineCost<GdmaClock> cost = gdma_cost(chip_, store).cost;
    work.store.initial += cost.initial;
    work.store.useful += cost.total() - cost.initial;
  }
  // The first tile may have less to do: part of its window is padding.
  work.compute = total_cycles(chip_, steps_of(form_, largest));
  return work;
}

bool TilePricer::reads_weight(const std::vector<bool>& operands) const {
  for (std::size_t o = 0; o < operands.size(); ++o) {
    if (operands[o] && kinds_.weight[o]) return true;
  }
  return false;
}

/// Times of the loops in their orders. An operand is loaded again whenever a loop at or outside the
/// innermost one that it depends on moves on, so that the order decides which operand stays in
/// local memory while the others pass by.
class TilePricer::OrderSearch {
 public:
  OrderSearch(const TilePricer& pricer, const TileGrid& grid, const LoopReads& reads,
              const TileWork& work, std::int64_t cores)
      : pricer_(pricer),
        grid_(grid),
        reads_(reads),
        work_(work),
        cores_(cores),
        contention_(crowding(pricer.chip_, cores)),
        fills_(grid.fill_of_loops(pricer.form_.view.result().shape)) {
    double fill = 1;
    for (const double share : fills_)
      fill *= share;
    tiles_ = most_on_one({static_cast<double>(grid.tiles), fill}, cores);
    for (const EngineCost<GdmaClock>& load : work.loads)
      ends_ += cycles_of(load, {1, contention_});
    ends_ += cycles_of(work.store, {1, contention_});
  }

  /// Gives the candidate the fastest order. Without one that the cores can share the candidate is
  /// not feasible.
  void choose(bool is_shared, TileCandidate& candidate) const {
    std::vector<std::size_t> order(grid_.loops.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    bool is_first = true;
    do {
      if (is_shared && (order.empty() || streams_weights(order))) continue;
      const double time = cycles(order);
      if (!is_first && time >= candidate.cycles) continue;
      is_first = false;
      candidate.cycles = time;
      candidate.streams_weights = streams_weights(order);
      candidate.loops.clear();
      for (const std::size_t l : order)
        candidate.loops.push_back(grid_.loops[l]);
    } while (std::next_permutation(order.begin(), order.end()));
    candidate.is_feasible = candidate.is_feasible && !is_first;
  }

  /// The slower engine's sum, and what the other one does before and after it, in each call of the
  /// kernel.
  double cycles(const std::vector<std::size_t>& order) const {
    double gdma = cycles_of(work_.store, {tiles_.times, tiles_.fill * contention_});
    for (std::size_t o = 0; o < work_.loads.size(); ++o) {
      const TileRepeats loads = loads_of(o, order);
      gdma += cycles_of(work_.loads[o], {loads.times, loads.fill * contention_});
    }
    const Chip& chip = pricer_.chip_;
    const std::int64_t meeting = cores_ > 1 ? chip.overhead.core_sync_cycles : 0;
    const auto compute = static_cast<double>(work_.compute.value);
    const auto calls = static_cast<double>(calls_of(grid_.loops));
    return std::max(calls * in_bdc_cycles(chip, ends_) + tiles_.times * tiles_.fill * compute,
                    in_bdc_cycles(chip, gdma) + calls * compute) +
           2 * chip.command.sync_cycles + static_cast<double>(meeting);
  }

 private:
  /// Loads of one operand on the core that ends last.
  TileRepeats loads_of(std::size_t operand, const std::vector<std::size_t>& order) const {
    TileRepeats loads;
    double rounds = 1;
    for (const std::size_t l : order) {
      rounds *= static_cast<double>(grid_.loops[l].count);
      if (!reads_[l][operand]) continue;
      loads.times = rounds;
      loads.fill *= fills_[l];
    }
    return most_on_one(loads, cores_);
  }

  bool streams_weights(const std::vector<std::size_t>& order) const {
    return !order.empty() && pricer_.reads_weight(reads_[order.front()]);
  }

  const TilePricer& pricer_;
  const TileGrid& grid_;
  const LoopReads& reads_;
  const TileWork& work_;
  std::int64_t cores_;
  double contention_;          ///< how many times longer transfers take beside those of other cores
  std::vector<double> fills_;  ///< per loop
  TileRepeats tiles_{};        ///< of the core that ends last
  double ends_ = 0;            ///< GDMA cycles before the first compute and after the last
};

TileCandidate TilePricer::placed_candidate(const TileGrid& grid, const LoopReads& reads,
                                           const Tile& largest) const {
  TileCandidate candidate{.buffers = buffers_of(grid, reads, largest)};
  const std::vector<std::int64_t> sizes = candidate.buffers.sizes();
  for (const std::int64_t size : sizes)
    candidate.need += align_up(size, chip_.array.eu_bytes_per_lane);
  candidate.is_feasible = fits(chip_, sizes);
  return candidate;
}

TileCandidate TilePricer::price(const TileChoice& choice, std::int64_t cores) {
  const TileGrid grid = grid_of(choice);
  const Tile first = tile_of(form_, grid.first);
  const Tile largest = largest_tile(grid);
  const LoopReads reads = reads_of(grid, first);
  TileCandidate candidate = placed_candidate(grid, reads, largest);
  candidate.choice = choice;
  candidate.cores = std::min(cores, grid.tiles);
  const TileWork work = work_of(first, largest, candidate.buffers);
  OrderSearch(*this, grid, reads, work, candidate.cores).choose(cores > 1, candidate);
  return candidate;
}

TileCandidate TilePricer::price(std::vector<SliceLoop> loops) {
  TileGrid grid{.loops = std::move(loops), .first = whole(form_.view.result().shape)};
  for (const SliceLoop& loop : grid.loops) {
    grid.first[loop.axis] = {0, loop.extent};
    grid.tiles *= loop.count;
  }
  const Tile first = tile_of(form_, grid.first);
  const Tile largest = largest_tile(grid);
  const LoopReads reads = reads_of(grid, first);
  TileCandidate candidate = placed_candidate(grid, reads, largest);
  const TileWork work = work_of(first, largest, candidate.buffers);
  std::vector<std::size_t> order(grid.loops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  candidate.cycles = OrderSearch(*this, grid, reads, work, 1).cycles(order);
  candidate.loops = std::move(grid.loops);
  return candidate;
}

}  // namespace tpuscope
