// Remembered prices: see prices.h.

#include "passes/planner/prices.h"

#include <cmath>

#include "base/check.h"
#include "passes/tiling/group_form.h"
#include "passes/tiling/instructions.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/cost.h"
#include "sim/engine/engine.h"

namespace tpuscope {

std::size_t GroupPrices::Hash::operator()(const Key& key) const {
  std::size_t hash = key.index * 1000003U + key.kind;
  for (const std::int64_t extent : key.extents)
    hash = (hash ^ static_cast<std::size_t>(extent)) * 0x9E3779B97F4A7C15U;
  hash = (hash ^ static_cast<std::size_t>(key.planes)) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29U);
}

GroupPrices::Key GroupPrices::key_of(std::size_t index, std::uint32_t kind, GroupType type,
                                     const Region& region) {
  TPU_CHECK(region.size() <= kMaxRank, "a tensor of {} axes", region.size());
  Key key{.index = static_cast<std::uint32_t>(index),
          .kind = kind * 8 + static_cast<std::uint32_t>(type)};
  for (std::size_t axis = 0; axis < region.size(); ++axis)
    key.extents[axis] = region[axis].extent();
  return key;
}

std::int64_t GroupPrices::planes_of(const GroupOp& op, const Region& result) {
  constexpr std::size_t kVolumeRank = 5;
  constexpr std::size_t kDepth = 2;
  const bool is_volume = op.def->input_region != nullptr && op.def->work != nullptr &&
                         op.operands.front() != GroupOp::kImmediate &&
                         op.view.input(0).rank() == kVolumeRank && result.size() == kVolumeRank;
  return is_volume ? input_region(*op.def, op.view, 0, result)[kDepth].extent() : 0;
}

const GroupPrices::OpPrice& GroupPrices::op(std::size_t index, const GroupRange& range,
                                            const std::vector<Region>& regions,
                                            std::int64_t conflicts) {
  const GroupOp& op = graph_.ops[index];
  const Region& result = regions[op.result];
  Key key = key_of(index, static_cast<std::uint32_t>(conflicts), range.type, result);
  key.planes = planes_of(op, result);
  const auto found = ops_.find(key);
  if (found != ops_.end()) return found->second;
  std::vector<Region> operands;
  operands.reserve(op.operands.size());
  for (std::size_t o = 0; o < op.operands.size(); ++o) {
    operands.push_back(op.operands[o] == GroupOp::kImmediate
                           ? Region{}
                           : input_region(*op.def, op.view, o, result));
  }
  const std::vector<PlacedStep> steps = group_steps(chip_, op, range.type, operands, result);
  const Cycles<BdcClock> cycles = total_cycles(chip_, steps, conflicts);
  const Shape extents = extents_of(result);
  const OpPrice price{.time = duration_of(chip_, cycles).value,
                      .bytes = group_placement(chip_, graph_, range, op.result, extents).bytes,
                      .scratch = group_scratch(chip_, op, range.type, steps, extents)};
  return ops_.emplace(key, price).first->second;
}

const GroupPrices::TransferPrice& GroupPrices::transfer(std::size_t value, const GroupRange& range,
                                                        const Region& region, bool is_load) {
  const Key key = key_of(value, is_load ? 1 : 0, range.type, region);
  const auto found = transfers_.find(key);
  if (found != transfers_.end()) return found->second;
  const Placement placement = group_placement(chip_, graph_, range, value, extents_of(region));
  const Direction direction = is_load ? Direction::kDdrToLocal : Direction::kLocalToDdr;
  const GdmaCost cost =
      gdma_cost(chip_, group_transfer(graph_, range, value, region, direction, placement));
  const TransferPrice price{.time = duration_of(chip_, cost.cost.total()).value,
                            .bytes = placement.bytes};
  return transfers_.emplace(key, price).first->second;
}

const GroupPrices::TransferPrice& GroupPrices::load(std::size_t value, const GroupRange& range,
                                                    const Region& region) {
  return transfer(value, range, region, true);
}

std::int64_t GroupPrices::bytes(std::size_t value, const GroupRange& range, const Region& region) {
  const bool loads = is_loaded(graph_, range, value);
  const Key key = key_of(value, loads ? 1 : 0, range.type, region);
  const auto found = bytes_.find(key);
  if (found != bytes_.end()) return found->second;
  const std::int64_t bytes = group_placement(chip_, graph_, range, value, extents_of(region)).bytes;
  return bytes_.emplace(key, bytes).first->second;
}

const GroupPrices::TransferPrice& GroupPrices::store(std::size_t value, const GroupRange& range,
                                                     const Region& region) {
  return transfer(value, range, region, false);
}

}  // namespace tpuscope
