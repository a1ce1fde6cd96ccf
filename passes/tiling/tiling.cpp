// A hill climb over the extents of tiles. The cost of a candidate is closed-form (nothing is
// simulated): both engines' sums plus what cannot overlap at the ends. Loop orders are all tried,
// since they decide which operand stays in local memory while the others pass by.

#include "passes/tiling/tiling.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "sim/cost/local_memory.h"

namespace tpuscope {
namespace {

/// More cut axes than this are never tried together: their orders would multiply.
constexpr std::size_t kMaxLoops = 3;

/// What one candidate costs.
struct Candidate {
  std::vector<SliceLoop> loops{};
  std::int64_t need = 0;  ///< bytes per lane
  double cycles = 0;
  bool is_feasible = false;
  bool walks_weight = false;      ///< another part of one in each round of the outermost loop
  std::vector<std::size_t> at{};  ///< rungs of the ladders
  std::int64_t cores = 1;         ///< that share the tiles
  std::vector<std::int64_t> operand_places{};
  std::vector<std::int64_t> result_places{};
  TilePlacement placement{};
};

/// Useful tile extents of an axis, largest first: halves and thirds, and whole sets of lanes and
/// cube columns.
std::vector<std::int64_t> ladder_of(const Chip& chip, std::int64_t extent) {
  std::vector<std::int64_t> ladder;
  for (std::int64_t parts = 1; parts < 2 * extent; parts *= 2) {
    ladder.push_back(ceil_div(extent, parts));
    if (parts > 1) ladder.push_back(ceil_div(extent, parts / 2 * 3));
  }
  for (const std::int64_t unit : {chip.array.lanes, chip.cube.columns}) {
    for (std::int64_t size = unit; size < extent; size *= 2) {
      ladder.push_back(size);
      if (size / 2 * 3 < extent) ladder.push_back(std::max<std::int64_t>(1, size / 2 * 3));
    }
  }
  std::sort(ladder.begin(), ladder.end(), std::greater<>());
  ladder.erase(std::unique(ladder.begin(), ladder.end()), ladder.end());
  return ladder;
}

class Climb {
 public:
  Climb(const Chip& chip, const OpForm& form, const OperandKinds& kinds)
      : chip_(chip), form_(form), kinds_(kinds) {
    const Shape& shape = form.view.result().shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (form.divisible[axis] && shape[axis] > 1) {
        axes_.push_back(axis);
        ladders_.push_back(ladder_of(chip, shape[axis]));
      }
    }
  }

  /// The best candidate that fits on one core, or the smallest.
  Candidate best() {
    std::vector<std::size_t> at(axes_.size(), 0);
    climb(at);
    if (!priced(at).is_feasible) {
      shrink(at);
      climb(at);
    }
    return priced(at);
  }

  /// What one candidate costs when so many cores share its tiles: each gets a range of a loop in
  /// which no weight changes. Not feasible without such a loop.
  Candidate price(const std::vector<std::size_t>& at, std::int64_t sharers) const;

 private:
  /// To the best neighbour, until there is none that is better.
  void climb(std::vector<std::size_t>& at) {
    while (true) {
      std::vector<std::size_t> best = at;
      for (const std::vector<std::size_t>& neighbour : neighbours(at)) {
        if (score(priced(neighbour)) < score(priced(best))) best = neighbour;
      }
      if (best == at) return;
      at = best;
    }
  }

  /// The climb was drawn to speed: now only size counts. Tiles that take turns need two places, so
  /// that the next finer cut may need more than none.
  void shrink(std::vector<std::size_t>& at) {
    bool is_smaller = true;
    while (is_smaller && !priced(at).is_feasible) {
      is_smaller = false;
      for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
        std::vector<std::size_t> finer = at;
        while (++finer[axis] < ladders_[axis].size() && cut_axes(finer) <= kMaxLoops) {
          if (priced(finer).need > priced(at).need) continue;
          at = finer;
          is_smaller = true;
          break;
        }
      }
    }
  }

  double score(const Candidate& candidate) const {
    const double excess =
        static_cast<double>(candidate.need) / static_cast<double>(chip_.local_bytes_per_lane());
    return candidate.cycles * (candidate.is_feasible ? 1.0 : 10.0 * std::max(1.0, excess * excess));
  }

  static std::size_t cut_axes(const std::vector<std::size_t>& at) {
    return static_cast<std::size_t>(
        std::count_if(at.begin(), at.end(), [](std::size_t index) { return index > 0; }));
  }

  std::vector<std::vector<std::size_t>> neighbours(const std::vector<std::size_t>& at) const {
    std::vector<std::vector<std::size_t>> result;
    const auto offer = [&](std::vector<std::size_t> candidate) {
      if (cut_axes(candidate) <= kMaxLoops) result.push_back(std::move(candidate));
    };
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      for (const std::ptrdiff_t step : {1, 2, 4, -1, -2}) {
        const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(at[axis]) + step;
        if (index < 0 || index >= std::ssize(ladders_[axis])) continue;
        std::vector<std::size_t> moved = at;
        moved[axis] = static_cast<std::size_t>(index);
        offer(moved);
        for (std::size_t other = 0; step == 1 && other < at.size(); ++other) {
          if (other == axis || moved[other] == 0) continue;
          std::vector<std::size_t> traded = moved;
          --traded[other];
          offer(std::move(traded));
        }
      }
    }
    return result;
  }

  const Candidate& priced(const std::vector<std::size_t>& at) {
    const auto found = known_.find(at);
    if (found != known_.end()) return found->second;
    return known_.emplace(at, price(at, 1)).first->second;
  }

  CommandCost load_cost(std::size_t operand, const Tile& tile,
                        const TilePlacement& placement) const;
  Tile largest(const Region& first, const std::vector<SliceLoop>& loops) const;

  const Chip& chip_;
  const OpForm& form_;
  const OperandKinds& kinds_;
  std::vector<std::size_t> axes_{};
  std::vector<std::vector<std::int64_t>> ladders_{};
  std::map<std::vector<std::size_t>, Candidate> known_{};
};

CommandCost Climb::load_cost(std::size_t operand, const Tile& tile,
                             const TilePlacement& placement) const {
  const Transfer transfer = transfer_of(Direction::kDdrToLocal, tile.operands[operand],
                                        form_.view.input(operand), placement.operands[operand]);
  return gdma_cost(chip_, transfer).cost;
}

/// The first tile, with each operand as large as any tile needs it: tiles at a border need less
/// halo than those inside, and fractional scales make some tiles need an element more. What one
/// axis of an operand needs depends on one axis of the result, so that each loop is looked at by
/// itself.
Tile Climb::largest(const Region& first, const std::vector<SliceLoop>& loops) const {
  Tile largest = tile_of(form_, first);
  const Shape& shape = form_.view.result().shape;
  for (const SliceLoop& loop : loops) {
    Region region = first;
    for (std::int64_t i = 1; i < loop.count; ++i) {
      region[loop.axis] = {i * loop.extent, std::min((i + 1) * loop.extent, shape[loop.axis])};
      const Tile tile = tile_of(form_, region);
      for (std::size_t o = 0; o < tile.operands.size(); ++o) {
        for (std::size_t axis = 0; axis < tile.operands[o].size(); ++axis) {
          Range& range = largest.operands[o][axis];
          range.end = std::max(range.end, range.begin + tile.operands[o][axis].extent());
        }
      }
    }
  }
  return largest;
}

/// Time of the loops in one order: an operand is loaded again whenever a loop at or outside the
/// innermost one it depends on moves on.
Candidate Climb::price(const std::vector<std::size_t>& at, std::int64_t sharers) const {
  Candidate candidate{.at = at};
  const Shape& shape = form_.view.result().shape;
  Region first = whole(shape);
  std::vector<SliceLoop> loops;
  std::int64_t tiles = 1;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const std::int64_t extent = ladders_[i][at[i]];
    first[axes_[i]] = {0, extent};
    if (at[i] == 0) continue;
    const std::int64_t count = ceil_div(shape[axes_[i]], extent);
    loops.push_back(
        {static_cast<std::uint32_t>(axes_[i]), static_cast<std::uint32_t>(count), extent});
    tiles *= count;
  }
  const Tile tile = tile_of(form_, first);
  const Tile reserved = largest(first, loops);
  candidate.placement = place(chip_, form_, reserved);
  // depends[l][o]: loop l changes what is needed of operand o.
  std::vector<std::vector<bool>> depends;
  for (const SliceLoop& loop : loops) {
    // The last tile differs when any does, even if only by being smaller.
    Region last = first;
    last[loop.axis] = {(loop.count - 1) * loop.extent, shape[loop.axis]};
    const Tile moved = tile_of(form_, last);
    std::vector<bool> row;
    for (std::size_t o = 0; o < tile.operands.size(); ++o) {
      row.push_back(moved.operands[o] != tile.operands[o]);
    }
    depends.push_back(std::move(row));
  }
  std::vector<std::int64_t> sizes;
  std::vector<CommandCost> loads;
  for (std::size_t o = 0; o < tile.operands.size(); ++o) {
    const bool is_pieced = form_.fold && form_.fold->axes[o];
    const bool varies =
        is_pieced || std::any_of(depends.begin(), depends.end(),
                                 [o](const std::vector<bool>& row) { return row[o]; });
    const std::int64_t places = kinds_.immediate[o] ? 0 : varies ? 2 : 1;
    candidate.operand_places.push_back(places);
    for (std::int64_t p = 0; p < places; ++p) {
      sizes.push_back(candidate.placement.operands[o].bytes);
    }
    loads.push_back(places == 0 ? CommandCost{} : load_cost(o, reserved, candidate.placement));
  }
  CommandCost store;
  for (std::size_t r = 0; r < tile.results.size(); ++r) {
    candidate.result_places.push_back(tiles > 1 ? 2 : 1);
    for (std::int64_t p = 0; p < candidate.result_places.back(); ++p) {
      sizes.push_back(candidate.placement.results[r].bytes);
    }
    const Transfer transfer = transfer_of(Direction::kLocalToDdr, tile.results[r],
                                          form_.view.result(r), candidate.placement.results[r]);
    const CommandCost cost = gdma_cost(chip_, transfer).cost;
    store.initial += cost.initial;
    store.useful += cost.total() - cost.initial;
  }
  sizes.push_back(candidate.placement.scratch_bytes);
  for (const std::int64_t size : sizes) {
    candidate.need += align_up(size, chip_.array.eu_bytes_per_lane);
  }
  candidate.is_feasible = fits(chip_, sizes);
  double compute = 0;
  for (const PlacedStep& step : steps_of(form_, tile)) {
    compute +=
        static_cast<double>(total_cycles(bdc_costs(chip_, step.step, step.type, step.alignment)));
  }
  // The last tile of an axis is smaller: count the work that there is, not whole tiles.
  std::vector<double> filled;
  double share = 1;
  for (const SliceLoop& loop : loops) {
    filled.push_back(static_cast<double>(shape[loop.axis]) /
                     static_cast<double>(loop.extent * loop.count));
    share *= filled.back();
  }
  const auto walks_weight = [this](const std::vector<bool>& row) {
    for (std::size_t o = 0; o < row.size(); ++o) {
      if (row[o] && kinds_.weight[o]) return true;
    }
    return false;
  };
  const auto cycles_of = [](const CommandCost& cost, double times, double part) {
    return times * (static_cast<double>(cost.initial) +
                    part * static_cast<double>(cost.total() - cost.initial));
  };
  // Each core takes its part of the tiles; the one with most of them, and whole ones, ends last.
  const std::int64_t cores = std::min(sharers, tiles);
  candidate.cores = cores;
  const double crowd = crowding(chip_, cores);
  const auto share_on_one = [cores](double times, double part) {
    const double most = std::ceil(times / static_cast<double>(cores));
    return std::pair(most, cores == 1 ? part : std::min(1.0, times * part / most));
  };
  const auto [most, filling] = share_on_one(static_cast<double>(tiles), share);
  double first_loads = 0;
  for (const CommandCost& load : loads)
    first_loads += cycles_of(load, 1, crowd);
  std::vector<std::size_t> order(loops.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  bool is_first = true;
  do {
    if (sharers > 1 && (order.empty() || walks_weight(depends[order.front()]))) continue;
    double gdma = cycles_of(store, most, filling * crowd);
    for (std::size_t o = 0; o < loads.size(); ++o) {
      double times = 1;
      double so_far = 1;
      double part = 1;
      for (const std::size_t l : order) {
        so_far *= static_cast<double>(loops[l].count);
        if (!depends[l][o]) continue;
        times = so_far;
        part *= filled[l];
      }
      std::tie(times, part) = share_on_one(times, part);
      gdma += cycles_of(loads[o], times, part * crowd);
    }
    const double clocks = chip_.clock.tiu_mhz / chip_.clock.dma_mhz;
    const double ends = first_loads + cycles_of(store, 1, crowd);
    const double cycles =
        std::max(clocks * ends + most * filling * compute, clocks * gdma + compute) +
        static_cast<double>(2 * chip_.overhead.sync_cycles +
                            (cores > 1 ? chip_.overhead.core_sync_cycles : 0));
    if (is_first || cycles < candidate.cycles) {
      candidate.cycles = cycles;
      candidate.walks_weight = !order.empty() && walks_weight(depends[order.front()]);
      candidate.loops.clear();
      for (const std::size_t l : order)
        candidate.loops.push_back(loops[l]);
      is_first = false;
    }
  } while (std::next_permutation(order.begin(), order.end()));
  candidate.is_feasible = candidate.is_feasible && !is_first;
  return candidate;
}

}  // namespace

std::optional<Tiling> choose_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds,
                                    std::int64_t* need) {
  Climb climb(chip, form, kinds);
  Candidate best = climb.best();
  // Cores share the tiles that the memory of one asks for, as they share a group's slices, but not
  // those that differ in their weights. Inferred from BM1688: FP32 DeepSORT, whose images fit and
  // whose filters do not, takes as long on two cores as on one, with four images 1.8 times less;
  // FP32 BERT, all of whose products stand alone, gains 1.46 times.
  if (form.cores > 1 && best.is_feasible && !best.walks_weight) {
    Candidate shared = climb.price(best.at, form.cores);
    if (shared.is_feasible && shared.cycles < best.cycles) best = std::move(shared);
  }
  *need = best.need;
  if (!best.is_feasible) return std::nullopt;
  return Tiling{.loops = std::move(best.loops),
                .operand_places = std::move(best.operand_places),
                .result_places = std::move(best.result_places),
                .placement = std::move(best.placement),
                .cycles = static_cast<std::int64_t>(std::llround(best.cycles)),
                .cores = best.cores};
}

std::vector<Region> tiles_of(const OpForm& form, const std::vector<SliceLoop>& loops) {
  const Shape& shape = form.view.result().shape;
  std::vector<Region> tiles{whole(shape)};
  for (const SliceLoop& loop : loops) {
    std::vector<Region> finer;
    for (const Region& tile : tiles) {
      for (std::int64_t i = 0; i < loop.count; ++i) {
        Region part = tile;
        part[loop.axis] = {i * loop.extent, std::min((i + 1) * loop.extent, shape[loop.axis])};
        finer.push_back(std::move(part));
      }
    }
    tiles = std::move(finer);
  }
  return tiles;
}

Transfer transfer_of(Direction direction, const Region& region, const TensorType& type,
                     const Placement& placement) {
  Transfer transfer{.direction = direction,
                    .local_pieces = placement.pieces,
                    .element_bytes = size_of(type.dtype)};
  (direction == Direction::kDdrToLocal ? transfer.source : transfer.destination) =
      runs_of(region, type);
  return transfer;
}

}  // namespace tpuscope
