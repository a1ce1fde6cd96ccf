// The steps from slices to a candidate, in the order in which they depend on each other. They
// follow the compiler's (assignLmemAddrWithSecs).

#include "passes/planner/sliced_range.h"

#include <algorithm>
#include <cmath>

#include "sim/cost/cost.h"
#include "sim/engine/engine.h"
#include "sim/engine/latencies.h"

namespace tpuscope {
namespace {

/// Groups of more slices are priced by samples.
constexpr std::int64_t kMaxPriced = 1024;

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
SliceCosts costs_on_one(SliceCosts costs, double contention, std::int64_t cores) {
  for (SliceCost* cost : {&costs.first, &costs.middle, &costs.last}) {
    for (std::int64_t& time : cost->transfer)
      time = std::llround(static_cast<double>(time) * contention);
  }
  costs.slices = ceil_div(costs.slices, cores);
  return costs;
}

}  // namespace

std::int64_t RunContext::limit_bytes() const {
  const std::int64_t all = chip.local_bytes_per_lane();
  return options.local_bytes > 0 ? std::min(options.local_bytes, all) : all;
}

SlicedRange::SlicedRange(const RunContext& context, const GroupRange& range,
                         const SliceCounts& slices, Detail detail, Weights weights)
    : context_(context),
      graph_(context.graph),
      detail_(detail),
      holds_(context.options.hold_coefficients && weights == Weights::kHeld),
      count_(product_of(slices)),
      is_sliced_(count_ > 1),
      sync_(Latencies(context.chip).of(Engine::kBdc, WaitReason::kDependency).value),
      candidate_{.range = range, .slices = slices} {}

SliceTrial SlicedRange::trial(const std::vector<SliceCounts>& samples) {
  if (!find_regions(samples)) return {};
  find_sizes();
  candidate_.schedule = nearest_schedule(graph_, candidate_.range, resident_);
  sizes_.scratch.assign(candidate_.schedule.rows.size(), 0);
  conflicts_.assign(candidate_.schedule.rows.size(), 0);
  costs_ = sampled_costs();
  if (!fits_or_reuses()) return {.need = need_};
  if (context_.options.balance) balance_transfers();
  price_placement();
  candidate_.time = schedule_time(candidate_.schedule, costs_, sync_);
  share_among_cores();
  return {.candidate = std::move(candidate_), .need = need_};
}

/// Which parts of the range's values each sample touches; false when one has nothing to do.
bool SlicedRange::find_regions(const std::vector<SliceCounts>& samples) {
  if (detail_ == Detail::kEstimate) {
    tail_ = &context_.tails.of(candidate_.range, candidate_.slices);
    regions_ = tail_->samples();
    return tail_->reach(candidate_.range.first);
  }
  std::vector<SliceRegions>& storage = context_.regions;
  if (storage.size() < samples.size()) storage.resize(samples.size());
  regions_ = {storage.data(), samples.size()};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!slice_regions(graph_, candidate_.range, context_.chip, candidate_.slices, samples[i],
                       regions_[i])) {
      return false;
    }
  }
  return true;
}

ValueSize SlicedRange::size_of_largest(std::size_t value) {
  if (tail_ != nullptr && tail_->size(value).bytes >= 0) return tail_->size(value);
  const GroupRange& range = candidate_.range;
  Region widest;
  ValueSize size{.bytes = 0, .is_constant = true};
  for (const SliceRegions& sample : regions_) {
    widen(widest, sample.needed[value]);
    size.is_constant = size.is_constant && sample.needed[value] == regions_[0].needed[value];
    // Where outer axes fill lanes a smaller part may fill them worse and take more of each.
    size.bytes = std::max(size.bytes, context_.prices.bytes(value, range, sample.needed[value]));
  }
  size.bytes = align_up(std::max(size.bytes, context_.prices.bytes(value, range, widest)),
                        context_.chip.array.eu_bytes_per_lane);
  if (tail_ != nullptr) tail_->size(value) = size;
  return size;
}

/// Bytes that the largest slice of each value takes, and which values stay for all slices. A view
/// shares the bytes of what it is a view of.
void SlicedRange::find_sizes() {
  const GroupRange& range = candidate_.range;
  const std::vector<std::size_t> values = values_of(graph_, range);
  resident_.assign(graph_.values.size(), false);
  sizes_.values.assign(graph_.values.size(), 0);
  for (const std::size_t value : values) {
    const ValueSize size = size_of_largest(value);
    resident_[value] = is_sliced_ && size.is_constant && is_loaded(graph_, range, value) && holds_;
    sizes_.values[value] = size.bytes;
  }
  for (const std::size_t value : values) {
    const std::size_t root = buffer_of(graph_, range, value);
    sizes_.values[root] = std::max(sizes_.values[root], sizes_.values[value]);
  }
}

SliceTail::OpCost SlicedRange::cost_of_op(std::size_t row, const SliceRegions& sample) {
  const GroupPrices::OpPrice& price = context_.prices.op(
      candidate_.schedule.rows[row], candidate_.range, sample.needed, conflicts_[row]);
  return {price.time, align_up(price.scratch, context_.chip.array.eu_bytes_per_lane)};
}

std::int64_t SlicedRange::cost_of_transfer(const ScheduledTransfer& transfer,
                                           const SliceRegions& sample) {
  const std::size_t value = transfer.value;
  const GroupRange& range = candidate_.range;
  return transfer.is_load ? context_.prices.load(value, range, sample.needed[value]).time
                          : context_.prices.store(value, range, sample.stored[value]).time;
}

/// Of a sample by its number, where the tail may remember it.
SliceTail::OpCost SlicedRange::cost_of_op(std::size_t row, const SliceRegions& sample,
                                          std::optional<std::size_t> number) {
  if (tail_ == nullptr || !number || conflicts_[row] > 0) return cost_of_op(row, sample);
  SliceTail::OpCost& known = tail_->op(candidate_.schedule.rows[row], *number);
  if (known.time < 0) known = cost_of_op(row, sample);
  return known;
}

std::int64_t SlicedRange::cost_of_transfer(const ScheduledTransfer& transfer,
                                           const SliceRegions& sample,
                                           std::optional<std::size_t> number) {
  if (tail_ == nullptr || !number) return cost_of_transfer(transfer, sample);
  std::int64_t& known = transfer.is_load ? tail_->load(transfer.value, *number)
                                         : tail_->store(transfer.value, *number);
  if (known < 0) known = cost_of_transfer(transfer, sample);
  return known;
}

/// What one slice costs; its working space counts for the buffers.
SliceCost SlicedRange::cost_of(const SliceRegions& sample, std::optional<std::size_t> number) {
  const Schedule& schedule = candidate_.schedule;
  SliceCost cost;
  cost.compute.reserve(schedule.rows.size());
  cost.transfer.reserve(schedule.transfers.size());
  for (std::size_t row = 0; row < schedule.rows.size(); ++row) {
    const SliceTail::OpCost price = cost_of_op(row, sample, number);
    cost.compute.push_back(price.time);
    sizes_.scratch[row] = std::max(sizes_.scratch[row], price.scratch);
  }
  for (const ScheduledTransfer& transfer : schedule.transfers)
    cost.transfer.push_back(cost_of_transfer(transfer, sample, number));
  return cost;
}

SliceCosts SlicedRange::sampled_costs() {
  SliceCosts costs{.first = cost_of(regions_[0], 0), .slices = count_};
  costs.last = count_ > 1 ? cost_of(regions_[1], 1) : costs.first;
  costs.middle = costs.last;
  if (count_ > 2) costs.middle = mean({cost_of(regions_[2], 2), cost_of(regions_[3], 3)});
  return costs;
}

/// The same, with every slice between the ends instead of two of them.
SliceCosts SlicedRange::placed_costs() {
  SliceCosts costs = sampled_costs();
  if (count_ <= 4 || count_ > kMaxPriced) return costs;
  std::vector<SliceCost> all;
  SliceRegions here;
  for (std::int64_t slice = 1; slice + 1 < count_; ++slice) {
    slice_regions(graph_, candidate_.range, context_.chip, candidate_.slices,
                  slice_position(candidate_.slices, slice), here);
    all.push_back(cost_of(here));
  }
  costs.middle = mean(all);
  return costs;
}

std::vector<GroupBuffer> SlicedRange::buffers_of(const Schedule& schedule) const {
  return group_buffers(graph_, candidate_.range, schedule, sizes_, is_sliced_, in_place_);
}

/// A search looks only at how much is in use at once; a plan gets its buffers.
bool SlicedRange::fits(const Schedule& schedule) {
  const std::int64_t limit = context_.limit_bytes();
  if (detail_ == Detail::kEstimate && in_place_.empty()) {
    need_ = peak_bytes(graph_, schedule, sizes_, is_sliced_);
    return need_ <= limit;
  }
  candidate_.buffers = buffers_of(schedule);
  need_ = peak_bytes(candidate_.buffers, schedule.rows.size(), is_sliced_);
  if (need_ > limit) return false;
  return detail_ == Detail::kEstimate ||
         place_buffers(context_.chip, graph_, schedule, candidate_.buffers, limit, is_sliced_);
}

/// Results take their operands' places only where nothing fits otherwise: an instruction that reads
/// and writes one bank is slower.
bool SlicedRange::fits_or_reuses() {
  if (fits(candidate_.schedule)) return true;
  in_place_ = in_place_operands();
  const std::int64_t most = most_saved_by(in_place_);
  if (most == 0 || need_ - most > context_.limit_bytes()) return false;
  candidate_.reuses_in_place = fits(candidate_.schedule);
  return candidate_.reuses_in_place;
}

/// An overwrite saves the result's bytes in the row that makes it, and in no other.
std::int64_t SlicedRange::most_saved_by(const InPlaceOperands& in_place) const {
  std::int64_t most = 0;
  for (std::size_t row = 0; row < in_place.size(); ++row) {
    if (in_place[row].empty()) continue;
    most = std::max(most, sizes_.values[graph_.ops[candidate_.schedule.rows[row]].result]);
  }
  return most;
}

/// Per row, the operands whose places the result could take (compiler: in-place outputs).
InPlaceOperands SlicedRange::in_place_operands() const {
  const std::vector<std::size_t>& rows = candidate_.schedule.rows;
  InPlaceOperands in_place(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const GroupOp& op = graph_.ops[rows[row]];
    // Ops of several instructions read their operands again after they have begun to write.
    if (op.def->layout != LayoutRule::kElementwise || sizes_.scratch[row] > 0) continue;
    for (const std::size_t operand : op.operands) {
      if (can_reuse(op, operand)) in_place[row].push_back(operand);
    }
  }
  return in_place;
}

/// Whether the operand has the same elements in the same places as the result: nothing is
/// broadcast, widened, read twice or seen through a view.
bool SlicedRange::can_reuse(const GroupOp& op, std::size_t operand) const {
  if (operand == GroupOp::kImmediate || graph_.values[operand].is_weight) return false;
  const TensorType& type = graph_.values[operand].type;
  const TensorType& result = graph_.values[op.result].type;
  if (type.shape != result.shape || size_of(type.dtype) != size_of(result.dtype)) return false;
  if (buffer_of(graph_, candidate_.range, operand) != operand) return false;
  if (std::count(op.operands.begin(), op.operands.end(), operand) > 1) return false;
  return std::all_of(regions_.begin(), regions_.end(), [&](const SliceRegions& sample) {
    return sample.needed[operand] == sample.needed[op.result];
  });
}

/// Moved transfers only make buffers live longer, so that what does not fit before does not after.
/// Where all moves together find no room, each is taken for which there is some; where these find
/// no addresses, fewer.
void SlicedRange::balance_transfers() {
  Schedule balanced = candidate_.schedule;
  if (!balance(balanced, costs_, sync_)) return;
  std::vector<GroupBuffer> plain = std::move(candidate_.buffers);
  bool has_room = fits(balanced);
  if (!has_room && plain.empty()) plain = buffers_of(candidate_.schedule);
  for (const std::int64_t eighths : {8, 7, 6, 4}) {
    if (has_room) break;
    BytesInUse in_use(plain, balanced.rows.size(), is_sliced_,
                      context_.limit_bytes() * eighths / 8);
    const auto allows = [&](const ScheduledTransfer& transfer) {
      return in_use.extend(buffer_of(graph_, candidate_.range, transfer.value), transfer.position);
    };
    balanced = candidate_.schedule;
    if (!balance(balanced, costs_, sync_, allows)) break;
    has_room = fits(balanced);
  }
  if (has_room) {
    candidate_.schedule = std::move(balanced);
  } else {
    candidate_.buffers = std::move(plain);
  }
}

/// Prices again with the bank conflicts: those of addresses, or before there are any those of
/// results that take their operands' places.
void SlicedRange::price_placement() {
  if (detail_ == Detail::kPlaced) {
    conflicts_ = bank_conflicts_of(context_.chip, graph_, candidate_.range, candidate_.schedule,
                                   candidate_.buffers);
    costs_ = placed_costs();
    return;
  }
  if (!candidate_.reuses_in_place) return;
  for (const GroupBuffer& buffer : candidate_.buffers) {
    for (const InPlaceResult& result : buffer.in_place)
      conflicts_[result.begin - candidate_.schedule.rows.size()] = 1;
  }
  costs_ = sampled_costs();
}

/// Cores take a range of slices each and share the DDR; weights go to each of them.
void SlicedRange::share_among_cores() {
  const GroupRange& range = candidate_.range;
  const auto first = graph_.ops.begin() + static_cast<std::ptrdiff_t>(range.first);
  const auto last = graph_.ops.begin() + static_cast<std::ptrdiff_t>(range.last) + 1;
  const bool is_single =
      std::any_of(first, last, [](const GroupOp& op) { return is_single_core(*op.def, op.view); });
  const std::int64_t cores = is_single ? 1 : std::min(context_.chip.array.cores, count_);
  if (cores <= 1) return;
  const SliceCosts costs = costs_on_one(costs_, crowding(context_.chip, cores), cores);
  const std::int64_t meeting =
      duration_of(context_.chip, Engine::kBdc, context_.chip.overhead.core_sync_cycles).value;
  const std::int64_t shared = schedule_time(candidate_.schedule, costs, sync_) + meeting;
  if (shared >= candidate_.time) return;
  candidate_.time = shared;
  candidate_.cores = cores;
}

}  // namespace tpuscope
