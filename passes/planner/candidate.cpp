// Slicing a range until it fits, and its time: see candidate.h. Rules and their order follow the
// compiler (init_group_data_secs, get_group_max_secs, assignLmemAddrWithSecs).

#include "passes/planner/candidate.h"

#include <algorithm>
#include <cmath>

#include "sim/cost/cost.h"
#include "sim/cost/layout.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

/// As many times the compiler looks for finer slices before it gives up.
constexpr int kMaxTries = 20;
/// Rows of w that are this short are not cut: bytes of the DMA's alignment.
constexpr std::int64_t kShortestRowBytes = 512;

/// Where results had to take their operands' places, so many finer slices are tried besides.
constexpr int kFinerThanOverwrites = 2;

/// So many finer slices in a row that are no faster end the thorough search: what a slice costs by
/// itself only adds up from there.
constexpr int kPatience = 4;

/// Groups of more slices are priced by samples.
constexpr std::int64_t kMaxPriced = 1024;

/// The next count whose parts are really smaller.
std::int64_t next_count(std::int64_t count, std::int64_t limit) {
  const std::int64_t part = ceil_div(limit, count);
  std::int64_t next = count + 1;
  while (next < limit && ceil_div(limit, next) == part)
    ++next;
  return std::min(next, limit);
}

/// Finer slices along the first axis that allows them; false when all are as fine as can be.
bool refine(SliceCounts& slices, const SliceCounts& limits, double ratio) {
  for (const std::size_t axis : {kSliceN, kSliceC, kSliceD, kSliceH, kSliceW}) {
    if (slices[axis] >= limits[axis]) continue;
    const auto wanted =
        static_cast<std::int64_t>(static_cast<double>(slices[axis]) * std::max(1.0, 0.8 * ratio));
    std::int64_t next = next_count(slices[axis], limits[axis]);
    while (next < limits[axis] && next < wanted)
      next = next_count(next, limits[axis]);
    slices[axis] = next;
    return true;
  }
  return false;
}

/// Slices that stand for all: the ends and two in between.
std::vector<SliceCounts> samples_of(const SliceCounts& counts) {
  const std::int64_t slices = product_of(counts);
  std::vector<SliceCounts> samples = {slice_position(counts, 0)};
  if (slices == 1) return samples;
  samples.push_back(slice_position(counts, slices - 1));
  if (slices == 2) return samples;
  samples.push_back(slice_position(counts, slices / 3));
  samples.push_back(slice_position(counts, 2 * slices / 3));
  return samples;
}

void widen(Region& widest, const Region& region) {
  if (widest.empty()) widest = Region(region.size());
  for (std::size_t axis = 0; axis < region.size(); ++axis)
    widest[axis].end = std::max(widest[axis].end, region[axis].extent());
}

SliceCost mean(const std::vector<SliceCost>& costs) {
  SliceCost sum = costs.front();
  const auto add = [](std::vector<std::int64_t>& to, const std::vector<std::int64_t>& from) {
    for (std::size_t i = 0; i < to.size(); ++i)
      to[i] += from[i];
  };
  for (std::size_t i = 1; i < costs.size(); ++i) {
    add(sum.compute, costs[i].compute);
    add(sum.transfer, costs[i].transfer);
  }
  const auto count = static_cast<std::int64_t>(costs.size());
  for (std::int64_t& time : sum.compute)
    time /= count;
  for (std::int64_t& time : sum.transfer)
    time /= count;
  return sum;
}

/// What one of several cores sees: its share of the slices, transfers slowed by the others'.
SliceCosts crowded(SliceCosts costs, double crowd, std::int64_t cores) {
  for (SliceCost* cost : {&costs.first, &costs.middle, &costs.last}) {
    for (std::int64_t& time : cost->transfer)
      time = std::llround(static_cast<double>(time) * crowd);
  }
  costs.slices = ceil_div(costs.slices, cores);
  return costs;
}

}  // namespace

std::int64_t CandidatePricer::limit_bytes() const {
  const std::int64_t all = chip_.local_bytes_per_lane();
  return options_.local_bytes > 0 ? std::min(options_.local_bytes, all) : all;
}

const CandidatePricer::OpFacts& CandidatePricer::facts(std::size_t index, GroupType type) {
  std::vector<std::optional<OpFacts>>& known = facts_[static_cast<std::size_t>(type)];
  if (known.empty()) known.resize(graph_.ops.size());
  if (known[index]) return *known[index];
  const GroupOp& op = graph_.ops[index];
  const GroupRange range{index, index, type};
  const LocalQuery query{op.view, op.kinds.weight, type, options_.support};
  OpFacts facts{.obstacle = local_obstacle(*op.def, query)};
  const Shape& shape = op.view.result().shape;
  const std::vector<bool> splits = local_splits(*op.def, query);
  for (std::size_t s = 0; s < facts.limits.size(); ++s) {
    const std::size_t axis = sliced_axis(shape.size(), type, s);
    facts.limits[s] = 1;
    if (axis == kNoAxis || axis >= splits.size() || !splits[axis]) continue;
    const std::int64_t row = shape[axis] * size_of(op.view.result().dtype);
    if (s == kSliceW && row <= kShortestRowBytes) continue;
    facts.limits[s] = s == kSliceC ? ceil_div(shape[axis], chip_.array.lanes) : shape[axis];
  }
  // Parts in which its whole tensors would fit. Weights stay whole.
  std::vector<Region> regions(graph_.values.size());
  for (const std::size_t value : values_of(graph_, range))
    regions[value] = whole(graph_.values[value].type.shape);
  const GroupPrices::OpPrice& price = prices_.op(index, range, regions);
  std::int64_t total = price.bytes + price.scratch;
  std::int64_t fixed = 0;
  for (const std::size_t operand : op.operands) {
    if (operand == GroupOp::kImmediate) continue;
    const std::int64_t bytes = prices_.bytes(operand, range, regions[operand]);
    (graph_.values[operand].is_weight ? fixed : total) += bytes;
  }
  facts.parts = ceil_div(total, std::max<std::int64_t>(limit_bytes() - fixed, 1));
  known[index] = facts;
  return *known[index];
}

bool CandidatePricer::find_type(GroupRange& range, Trial& trial) {
  range.type = group_type(traits_, range);
  for (std::size_t i = range.first; i <= range.last; ++i) {
    const LocalAnswer& obstacle = facts(i, range.type).obstacle;
    if (!obstacle) continue;
    trial.rule = std::string(obstacle->rule);
    trial.reason = std::string(obstacle->reason);
    return false;
  }
  return true;
}

SliceCounts CandidatePricer::limits_of(const GroupRange& range) {
  SliceCounts limits = facts(range.first, range.type).limits;
  for (std::size_t i = range.first + 1; i <= range.last; ++i) {
    const SliceCounts& own = facts(i, range.type).limits;
    for (std::size_t s = 0; s < limits.size(); ++s)
      limits[s] = std::min(limits[s], own[s]);
  }
  return limits;
}

SliceCounts CandidatePricer::first_slices(const GroupRange& range, const SliceCounts& limits) {
  std::int64_t rest = 1;
  for (std::size_t i = range.first; i <= range.last; ++i)
    rest = std::max(rest, facts(i, range.type).parts);
  SliceCounts slices{1, 1, 1, 1, 1};
  for (const std::size_t axis : {kSliceN, kSliceC, kSliceD, kSliceH, kSliceW}) {
    slices[axis] = std::min(rest, limits[axis]);
    rest = ceil_div(rest, slices[axis]);
  }
  return slices;
}

Overwrites CandidatePricer::overwrites_of(const GroupRange& range, const Schedule& schedule,
                                          std::span<const SliceRegions> regions,
                                          const std::vector<std::int64_t>& scratch) const {
  Overwrites overwrites(schedule.rows.size());
  for (std::size_t row = 0; row < schedule.rows.size(); ++row) {
    const GroupOp& op = graph_.ops[schedule.rows[row]];
    // Ops of several instructions read their operands again after they have begun to write.
    if (op.def->layout != LayoutRule::kElementwise || scratch[row] > 0) continue;
    const TensorType& result = graph_.values[op.result].type;
    for (const std::size_t value : op.operands) {
      if (value == GroupOp::kImmediate || graph_.values[value].is_weight) continue;
      // The same elements in the same places: nothing is broadcast, widened or seen otherwise.
      const TensorType& type = graph_.values[value].type;
      if (type.shape != result.shape || size_of(type.dtype) != size_of(result.dtype)) continue;
      if (buffer_of(graph_, range, value) != value) continue;
      const bool is_same =
          std::all_of(regions.begin(), regions.end(), [&](const SliceRegions& sample) {
            return sample.needed[value] == sample.needed[op.result];
          });
      if (!is_same || std::count(op.operands.begin(), op.operands.end(), value) > 1) continue;
      overwrites[row].push_back(value);
    }
  }
  return overwrites;
}

std::optional<Candidate> CandidatePricer::with_slices(const GroupRange& range,
                                                      const SliceCounts& slices,
                                                      const std::vector<SliceCounts>& samples,
                                                      bool places, std::int64_t* need) {
  const std::int64_t count = product_of(slices);
  const bool is_sliced = count > 1;
  if (regions_.size() < samples.size()) regions_.resize(samples.size());
  const std::span<SliceRegions> regions(regions_.data(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!slice_regions(graph_, range, chip_, slices, samples[i], regions[i])) return std::nullopt;
  }
  const std::vector<std::size_t> values = values_of(graph_, range);
  std::vector<bool> held(graph_.values.size(), false);
  std::vector<std::int64_t> bytes(graph_.values.size(), 0);
  for (const std::size_t value : values) {
    Region widest;
    bool is_constant = is_sliced;
    for (const SliceRegions& sample : regions) {
      widen(widest, sample.needed[value]);
      is_constant = is_constant && sample.needed[value] == regions[0].needed[value];
    }
    const bool loads = is_loaded(graph_, range, value);
    held[value] = is_constant && loads && options_.hold_coefficients;
    // Where outer axes fill lanes a smaller part may fill them worse and take more of each.
    std::int64_t most = prices_.bytes(value, range, widest);
    for (const SliceRegions& sample : regions)
      most = std::max(most, prices_.bytes(value, range, sample.needed[value]));
    bytes[value] = align_up(most, chip_.array.eu_bytes_per_lane);
  }
  for (const std::size_t value : values) {
    const std::size_t root = buffer_of(graph_, range, value);
    bytes[root] = std::max(bytes[root], bytes[value]);
  }
  Candidate candidate{.range = range, .slices = slices};
  candidate.schedule = nearest_schedule(graph_, range, held);
  Schedule& schedule = candidate.schedule;
  std::vector<std::int64_t> scratch(schedule.rows.size(), 0);
  // Conflicts per row; known once addresses are.
  std::vector<std::int64_t> conflicts(schedule.rows.size(), 0);
  const auto cost_of = [&](const SliceRegions& sample) {
    SliceCost cost;
    for (std::size_t row = 0; row < schedule.rows.size(); ++row) {
      const GroupPrices::OpPrice& price =
          prices_.op(schedule.rows[row], range, sample.needed, conflicts[row]);
      cost.compute.push_back(price.time);
      scratch[row] = std::max(scratch[row], align_up(price.scratch, chip_.array.eu_bytes_per_lane));
    }
    for (const ScheduledTransfer& transfer : schedule.transfers) {
      cost.transfer.push_back(
          transfer.is_load
              ? prices_.load(transfer.value, range, sample.needed[transfer.value]).time
              : prices_.store(transfer.value, range, sample.stored[transfer.value]).time);
    }
    return cost;
  };
  const auto costs_of = [&]() {
    SliceCosts in_time{.first = cost_of(regions[0]), .slices = count};
    in_time.last = count > 1 ? cost_of(regions[1]) : in_time.first;
    in_time.middle = in_time.last;
    if (count > 2) in_time.middle = mean({cost_of(regions[2]), cost_of(regions[3])});
    return in_time;
  };
  SliceCosts in_time = costs_of();
  const std::int64_t sync = duration_of(chip_, Engine::kBdc, chip_.overhead.sync_cycles).value;
  const auto place = [&](const Schedule& tried, const Overwrites& overwrites) {
    candidate.buffers = group_buffers(graph_, range, tried, bytes, scratch, is_sliced, overwrites);
    *need = peak_bytes(candidate.buffers, tried.rows.size(), is_sliced);
    if (*need > limit_bytes()) return false;
    // A search asks only how much lives at once; addresses are found for what it chooses.
    return !places ||
           place_buffers(chip_, graph_, tried, candidate.buffers, limit_bytes(), is_sliced);
  };
  // Results take their operands' places only where nothing fits otherwise: an instruction that
  // reads and writes one bank is slower.
  Overwrites overwrites;
  if (!place(schedule, overwrites)) {
    overwrites = overwrites_of(range, schedule, regions, scratch);
    // It saves the result's bytes in the row that makes it, and in no other.
    std::int64_t most = 0;
    for (std::size_t row = 0; row < overwrites.size(); ++row) {
      if (!overwrites[row].empty()) {
        most = std::max(most, bytes[graph_.ops[schedule.rows[row]].result]);
      }
    }
    if (most == 0 || *need - most > limit_bytes()) return std::nullopt;
    if (!place(schedule, overwrites)) return std::nullopt;
    candidate.overwrites = true;
  }
  if (options_.balance) {
    // Moved transfers only make buffers live longer, so what does not fit before does not after.
    Schedule balanced = schedule;
    std::vector<GroupBuffer> plain = candidate.buffers;
    if (balance(balanced, in_time, sync)) {
      if (place(balanced, overwrites)) {
        schedule = std::move(balanced);
      } else {
        candidate.buffers = std::move(plain);
      }
    }
  }
  if (candidate.overwrites && !places) {
    for (const GroupBuffer& buffer : candidate.buffers) {
      for (const Heir& heir : buffer.heirs)
        conflicts[heir.begin - schedule.rows.size()] = 1;
    }
    in_time = costs_of();
  }
  if (places) {
    conflicts = bank_conflicts_of(chip_, graph_, range, schedule, candidate.buffers);
    in_time = costs_of();
    if (count > 4 && count <= kMaxPriced) {
      std::vector<SliceCost> all;
      SliceRegions here;
      for (std::int64_t slice = 1; slice + 1 < count; ++slice) {
        slice_regions(graph_, range, chip_, slices, slice_position(slices, slice), here);
        all.push_back(cost_of(here));
      }
      in_time.middle = mean(all);
    }
  }
  candidate.time = schedule_time(schedule, in_time, sync);
  // Cores take a range of slices each and share the DDR; weights go to each of them.
  const bool is_shared =
      std::none_of(graph_.ops.begin() + static_cast<std::ptrdiff_t>(range.first),
                   graph_.ops.begin() + static_cast<std::ptrdiff_t>(range.last) + 1,
                   [](const GroupOp& op) { return is_single_core(*op.def, op.view); });
  const std::int64_t cores = is_shared ? std::min(chip_.array.cores, count) : 1;
  if (cores > 1) {
    const std::int64_t shared =
        schedule_time(schedule, crowded(in_time, crowding(chip_, cores), cores), sync) +
        duration_of(chip_, Engine::kBdc, chip_.overhead.core_sync_cycles).value;
    if (shared < candidate.time) {
      candidate.time = shared;
      candidate.cores = cores;
    }
  }
  candidate.time += layer_turn(chip_).value;
  return candidate;
}

Trial CandidatePricer::search(std::size_t first, std::size_t last, const SliceCounts* part,
                              int finer) {
  Trial trial = search_from(first, last, part, finer, false);
  // The compiler cuts a group for its memory and lets cores share what slices there are; cutting it
  // for the cores is a gain that only the thorough search shows.
  if (chip_.array.cores == 1 || options_.slices || finer == 0) return trial;
  Trial dealt = search_from(first, last, part, finer, true);
  if (!dealt.candidate) return trial;
  const bool is_better = !trial.candidate || dealt.candidate->time < trial.candidate->time;
  return is_better ? dealt : trial;
}

Trial CandidatePricer::search_from(std::size_t first, std::size_t last, const SliceCounts* part,
                                   int finer, bool deals_out) {
  Trial trial;
  GroupRange range{first, last};
  if (!find_type(range, trial)) return trial;
  const SliceCounts limits = limits_of(range);
  SliceCounts slices = options_.slices ? *options_.slices : first_slices(range, limits);
  if (part != nullptr && !options_.slices && product_of(*part) > product_of(slices)) slices = *part;
  // Every core gets a slice where the axes allow it.
  while (deals_out && product_of(slices) % chip_.array.cores != 0) {
    if (!refine(slices, limits, 1.0)) break;
  }
  for (std::size_t axis = 0; axis < slices.size(); ++axis) {
    if (slices[axis] <= limits[axis]) continue;
    if (options_.slices) {
      trial.reason = "the forced slices are more than its axes allow";
      trial.rule = "forced_slices";
      return trial;
    }
    slices[axis] = limits[axis];
  }
  int found = 0;
  int slower = 0;
  for (int tries = 0; tries < kMaxTries + finer; ++tries) {
    std::int64_t need = 0;
    std::optional<Candidate> candidate =
        with_slices(range, slices, samples_of(slices), false, &need);
    if (candidate && (!trial.candidate || candidate->time < trial.candidate->time)) {
      trial.candidate = std::move(candidate);
      slower = 0;
    } else if (trial.candidate && ++slower >= kPatience) {
      break;
    }
    const bool overwrites = trial.candidate && trial.candidate->overwrites;
    if (trial.candidate && found++ >= finer + (overwrites ? kFinerThanOverwrites : 0)) break;
    if (options_.slices) {
      trial.missing_bytes = std::max<std::int64_t>(1, need - limit_bytes());
      break;
    }
    const double ratio =
        trial.candidate ? 1.0 : static_cast<double>(need) / static_cast<double>(limit_bytes());
    trial.missing_bytes = std::max<std::int64_t>(1, need - limit_bytes());
    if (!refine(slices, limits, ratio)) break;
  }
  if (trial.candidate) trial.missing_bytes = 0;
  return trial;
}

Trial CandidatePricer::exact_trial(std::size_t first, std::size_t last) {
  Trial trial;
  GroupRange range{first, last};
  if (!find_type(range, trial)) return trial;
  const SliceCounts slices = *options_.slices;
  // What one axis of a tensor needs depends on one axis of the slices, so that each axis is looked
  // at by itself. The four samples that make the estimate come first.
  std::vector<SliceCounts> samples = samples_of(slices);
  for (std::size_t axis = 0; axis < slices.size(); ++axis) {
    for (std::int64_t i = 0; i < slices[axis]; ++i) {
      SliceCounts sample{};
      sample[axis] = i;
      samples.push_back(sample);
    }
  }
  std::int64_t need = 0;
  trial.candidate = with_slices(range, slices, samples, true, &need);
  if (!trial.candidate) trial.missing_bytes = std::max<std::int64_t>(1, need - limit_bytes());
  return trial;
}

bool CandidatePricer::refine_slices(std::size_t first, std::size_t last, SliceCounts& slices) {
  Trial trial;
  GroupRange range{first, last};
  return find_type(range, trial) && refine(slices, limits_of(range), 1.0);
}

Trial CandidatePricer::trial(std::size_t first, std::size_t last, const SliceCounts* part) {
  return search(first, last, part, 0);
}

Trial CandidatePricer::best_trial(std::size_t first, std::size_t last) {
  constexpr int kFiner = 12;
  return search(first, last, nullptr, kFiner);
}

}  // namespace tpuscope
