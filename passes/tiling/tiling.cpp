// A hill climb over tile sizes, from whole axes to finer ones; tile_price.h says what each choice
// costs.

#include "passes/tiling/tiling.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "passes/tiling/kernel_tiling.h"
#include "passes/tiling/tile_price.h"

namespace tpuscope {
namespace {

/// More cut axes than this are never tried together: their orders would multiply.
constexpr std::size_t kMaxLoops = 3;

class TileSearch {
 public:
  TileSearch(const Chip& chip, const OpForm& form, const OperandKinds& kinds)
      : chip_(chip), pricer_(chip, form, kinds) {}

  /// The best candidate that fits on one core, or the smallest.
  TileCandidate best() {
    TileChoice choice(pricer_.sizes().size(), 0);
    climb(choice);
    if (!priced(choice).is_feasible) {
      shrink(choice);
      climb(choice);
    }
    return priced(choice);
  }

  /// The same choice of tiles when they are distributed over several cores.
  TileCandidate shared(const TileCandidate& candidate, std::int64_t cores) {
    return pricer_.price(candidate.choice, cores);
  }

 private:
  /// To the best neighbour, until there is none that is better.
  void climb(TileChoice& choice) {
    while (true) {
      TileChoice best = choice;
      for (const TileChoice& neighbour : neighbours(choice)) {
        if (score(priced(neighbour)) < score(priced(best))) best = neighbour;
      }
      if (best == choice) return;
      choice = best;
    }
  }

  /// No tile near the fastest fits: descends on footprint alone. Tiles that take turns need two
  /// buffers, so that the next finer cut may need more memory than none.
  void shrink(TileChoice& choice) {
    bool is_smaller = true;
    while (is_smaller && !priced(choice).is_feasible) {
      is_smaller = false;
      for (std::size_t axis = 0; axis < choice.size(); ++axis)
        is_smaller = shrink_along(axis, choice) || is_smaller;
    }
  }

  /// Takes the largest finer size along one axis that needs no more memory; false without one.
  bool shrink_along(std::size_t axis, TileChoice& choice) {
    TileChoice finer = choice;
    while (++finer[axis] < pricer_.sizes()[axis].size() && cut_axes(finer) <= kMaxLoops) {
      if (priced(finer).need > priced(choice).need) continue;
      choice = finer;
      return true;
    }
    return false;
  }

  /// Time; what does not fit is worse the more memory it lacks.
  double score(const TileCandidate& candidate) const {
    const double excess =
        static_cast<double>(candidate.need) / static_cast<double>(chip_.local_bytes_per_lane());
    return candidate.cycles * (candidate.is_feasible ? 1.0 : 10.0 * std::max(1.0, excess * excess));
  }

  static std::size_t cut_axes(const TileChoice& choice) {
    return static_cast<std::size_t>(
        std::count_if(choice.begin(), choice.end(), [](std::size_t index) { return index > 0; }));
  }

  /// Choices that differ by a few sizes along one axis, or trade a finer size along one for a
  /// coarser one along another.
  std::vector<TileChoice> neighbours(const TileChoice& choice) const {
    std::vector<TileChoice> found;
    for (std::size_t axis = 0; axis < choice.size(); ++axis) {
      for (const std::ptrdiff_t step : {1, 2, 4, -1, -2}) {
        const std::ptrdiff_t index = static_cast<std::ptrdiff_t>(choice[axis]) + step;
        if (index < 0 || index >= std::ssize(pricer_.sizes()[axis])) continue;
        TileChoice moved = choice;
        moved[axis] = static_cast<std::size_t>(index);
        offer(moved, found);
        if (step == 1) offer_trades(axis, moved, found);
      }
    }
    return found;
  }

  static void offer(const TileChoice& choice, std::vector<TileChoice>& found) {
    if (cut_axes(choice) <= kMaxLoops) found.push_back(choice);
  }

  static void offer_trades(std::size_t axis, const TileChoice& finer,
                           std::vector<TileChoice>& found) {
    for (std::size_t other = 0; other < finer.size(); ++other) {
      if (other == axis || finer[other] == 0) continue;
      TileChoice traded = finer;
      --traded[other];
      offer(traded, found);
    }
  }

  const TileCandidate& priced(const TileChoice& choice) {
    const auto found = known_.find(choice);
    if (found != known_.end()) return found->second;
    return known_.emplace(choice, pricer_.price(choice, 1)).first->second;
  }

  const Chip& chip_;
  TilePricer pricer_;
  std::map<TileChoice, TileCandidate> known_{};
};

}  // namespace

std::vector<std::int64_t> TileBuffers::sizes() const {
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < per_operand.size(); ++i) {
    sizes.insert(sizes.end(), static_cast<std::size_t>(per_operand[i]),
                 placement.operands[i].bytes);
  }
  for (std::size_t i = 0; i < per_result.size(); ++i)
    sizes.insert(sizes.end(), static_cast<std::size_t>(per_result[i]), placement.results[i].bytes);
  if (placement.scratch_bytes > 0) sizes.push_back(placement.scratch_bytes);
  return sizes;
}

namespace {

Tiling tiling_of(TileCandidate candidate) {
  return {.loops = std::move(candidate.loops),
          .buffers = std::move(candidate.buffers),
          .cycles = {static_cast<std::int64_t>(std::llround(candidate.cycles))},
          .cores = candidate.cores};
}

/// As the vendor's kernel cuts it, where that is known and fits.
std::optional<Tiling> kernel_tiling(const Chip& chip, const OpForm& form,
                                    const OperandKinds& kinds) {
  std::optional<std::vector<SliceLoop>> loops = kernel_loops(chip, form, kinds);
  if (!loops) return std::nullopt;
  TileCandidate candidate = TilePricer(chip, form, kinds).price(std::move(*loops));
  if (!candidate.is_feasible) return std::nullopt;
  return tiling_of(std::move(candidate));
}

}  // namespace

TilingSearch choose_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds) {
  if (std::optional<Tiling> tiling = kernel_tiling(chip, form, kinds)) {
    return {.tiling = std::move(tiling), .is_of_kernel = true};
  }
  return search_tiling(chip, form, kinds);
}

TilingSearch search_tiling(const Chip& chip, const OpForm& form, const OperandKinds& kinds) {
  TileSearch search(chip, form, kinds);
  TileCandidate best = search.best();
  // Cores share the tiles that the memory of one core requires, as they share a group's slices, but
  // not those that differ in their weights. Inferred from BM1688: FP32 DeepSORT, whose images fit
  // and whose filters do not, takes as long on two cores as on one, with four images 1.8 times
  // less; FP32 BERT, all of whose products are single ops, gains 1.46 times.
  if (form.cores > 1 && best.is_feasible && !best.streams_weights) {
    TileCandidate shared = search.shared(best, form.cores);
    if (shared.is_feasible && shared.cycles < best.cycles) best = std::move(shared);
  }
  TilingSearch found{.need = best.need};
  if (!best.is_feasible) return found;
  found.tiling = tiling_of(std::move(best));
  return found;
}

std::vector<Region> tiles_of(const OpForm& form, const std::vector<SliceLoop>& loops) {
  const Shape& shape = form.view.result().shape;
  std::vector<Region> tiles{whole(shape)};
  for (const SliceLoop& loop : loops) {
    std::vector<Region> finer;
    for (const Region& tile : tiles) {
      for (std::int64_t i = 0; i < loop.count; ++i) {
        Region part = tile;
        part[loop.axis] = loop.slice(shape[loop.axis], i);
        finer.push_back(std::move(part));
      }
    }
    tiles = std::move(finer);
  }
  return tiles;
}

Transfer load_of(const OpForm& form, const OperandKinds& kinds, std::size_t operand,
                 const Region& region, const Placement& placement) {
  TensorType type = form.view.input(operand);
  Region stored = region;
  // Parts along the channels that are summed are not in one piece.
  bool is_whole = type.rank() > 2;
  for (std::size_t axis = 1; axis < region.size(); ++axis)
    is_whole = is_whole && region[axis] == Range{0, type.shape[axis]};
  const bool is_filter = form.spread == Spread::kMap && operand == 1 && kinds.weight[operand];
  if (is_filter && is_whole && placement.alignment == Alignment::kCompact) {
    return load_of_filter(type, placement);
  }
  const bool is_matrix =
      form.spread == Spread::kMatrix && operand == 1 && kinds.weight[operand] && type.rank() >= 2;
  const AttributeValue* transposes = form.view.attrs().find("right_transpose");
  if (is_matrix && transposes != nullptr && form.view.attrs().flag("right_transpose")) {
    const std::size_t last = type.rank() - 1;
    std::swap(type.shape[last - 1], type.shape[last]);
    std::swap(stored[last - 1], stored[last]);
    Transfer transfer = transfer_of(Direction::kDdrToLocal, stored, type, placement);
    transfer.local_runs = stored[last - 1].extent();
    return transfer;
  }
  Transfer transfer = transfer_of(Direction::kDdrToLocal, region, type, placement);
  // A right operand that is no constant is transposed on its way.
  transfer.is_apart = placement.is_matrix && operand == 1 && !kinds.weight[operand] &&
                      transposes != nullptr && form.view.attrs().flag("right_transpose");
  return transfer;
}

Transfer load_of_filter(const TensorType& type, const Placement& placement) {
  const TensorType stored{type.dtype, {placement.shape.c, placement.shape.w}};
  return transfer_of(Direction::kDdrToLocal, whole(stored.shape), stored, placement);
}

Transfer transfer_of(Direction direction, const Region& region, const TensorType& type,
                     const Placement& placement) {
  Transfer transfer{.direction = direction,
                    .local_runs = placement.runs,
                    .element_bytes = size_of(type.dtype),
                    .is_matrix = placement.is_matrix};
  (direction == Direction::kDdrToLocal ? transfer.source : transfer.destination) =
      runs_of(region, type);
  return transfer;
}

}  // namespace tpuscope
