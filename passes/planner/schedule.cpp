// The first arrangement, its time, and the balance between the engines.

#include "passes/planner/schedule.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tpuscope {
namespace {

constexpr std::size_t kStages = 3;

const SliceCost& cost_of(const SliceCosts& costs, std::int64_t slice) {
  if (slice == 0) return costs.first;
  return slice == costs.slices - 1 ? costs.last : costs.middle;
}

/// Rows of one iteration; `slices[s]` is the slice that stage s works on, or -1.
class Iteration {
 public:
  Iteration(const Schedule& schedule, const SliceCosts& costs, std::int64_t sync)
      : schedule_(schedule), costs_(costs), sync_(sync) {}

  std::int64_t time(std::int64_t iteration) {
    const std::size_t rows = schedule_.rows.size();
    bdc_.assign(rows, 0);
    gdma_.assign(rows, 0);
    const auto slice = [&](std::size_t stage) {
      const std::int64_t index = iteration - static_cast<std::int64_t>(stage);
      return index >= 0 && index < costs_.slices ? index : -1;
    };
    if (const std::int64_t index = slice(1); index >= 0) {
      const SliceCost& cost = cost_of(costs_, index);
      for (std::size_t row = 0; row < rows; ++row)
        bdc_[row] = cost.compute[row];
    }
    for (std::size_t i = 0; i < schedule_.transfers.size(); ++i) {
      const ScheduledTransfer& transfer = schedule_.transfers[i];
      const std::int64_t index = slice(transfer.position / rows);
      if (index < 0 || (transfer.is_resident && index > 0)) continue;
      gdma_[transfer.position % rows] += cost_of(costs_, index).transfer[i];
    }
    std::int64_t total = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      total += std::max(bdc_[row], gdma_[row]);
      const bool computes = bdc_[row] > 0;
      const bool transfers = gdma_[row] > 0;
      // Whoever starts the row waits for the other engine, if that had something to do before.
      if ((computes && transferred_) || (transfers && computed_)) total += sync_;
      if (!computes && !transfers) continue;
      computed_ = computes;
      transferred_ = transfers;
    }
    return total;
  }

 private:
  const Schedule& schedule_;
  const SliceCosts& costs_;
  std::int64_t sync_;
  std::vector<std::int64_t> bdc_{};
  std::vector<std::int64_t> gdma_{};
  bool computed_ = false;  ///< in the row before
  bool transferred_ = false;
};

/// Sums per row of what both engines do while all stages are at work; of a single slice the stages
/// follow each other.
class Rows {
 public:
  Rows(const Schedule& schedule, const SliceCosts& costs, std::int64_t sync)
      : rows_(schedule.rows.size()), wraps_(costs.slices > 1), sync_(sync) {
    bdc_.assign(kStages * rows_, 0);
    gdma_.assign(kStages * rows_, 0);
    for (std::size_t row = 0; row < rows_; ++row)
      bdc_[place(rows_ + row)] = costs.middle.compute[row];
    for (std::size_t i = 0; i < schedule.transfers.size(); ++i) {
      const ScheduledTransfer& transfer = schedule.transfers[i];
      if (transfer.is_resident && wraps_) continue;
      gdma_[place(transfer.position)] += costs.middle.transfer[i];
    }
  }

  /// What the rows gain when `cost` moves from one position to another.
  std::int64_t gain(std::size_t from, std::size_t to, std::int64_t cost) const {
    const std::size_t a = place(from);
    const std::size_t b = place(to);
    if (a == b) return 0;
    return time(a, gdma_[a]) + time(b, gdma_[b]) - time(a, gdma_[a] - cost) -
           time(b, gdma_[b] + cost);
  }
  /// Whether transfers of this position make its row longer than its compute does.
  bool is_short(std::size_t position) const {
    const std::size_t row = place(position);
    return gdma_[row] > bdc_[row];
  }
  /// Whether a row could hide more.
  bool has_room(std::size_t position) const {
    const std::size_t row = place(position);
    return bdc_[row] > gdma_[row];
  }
  void move(std::size_t from, std::size_t to, std::int64_t cost) {
    gdma_[place(from)] -= cost;
    gdma_[place(to)] += cost;
  }

 private:
  std::size_t place(std::size_t position) const { return wraps_ ? position % rows_ : position; }
  std::int64_t time(std::size_t row, std::int64_t gdma) const {
    return std::max(bdc_[row], gdma) + (bdc_[row] > 0 && gdma > 0 ? sync_ : 0);
  }

  std::size_t rows_;
  bool wraps_;
  std::int64_t sync_;
  std::vector<std::int64_t> bdc_{};
  std::vector<std::int64_t> gdma_{};
};

/// The longest transfers are the hardest to hide.
std::vector<std::size_t> longest_first(const std::vector<std::int64_t>& times) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] > times[b]; });
  return order;
}

/// Positions to which a transfer may move, the nearest first. What it moves may live for at most
/// one turn of the rows.
std::vector<std::size_t> positions_of(const ScheduledTransfer& transfer, std::size_t rows) {
  std::vector<std::size_t> positions;
  if (transfer.is_load) {
    const std::size_t low = transfer.last + 1 > rows ? transfer.last + 1 - rows : 0;
    for (std::size_t position = transfer.position; position > low; --position)
      positions.push_back(position - 1);
  } else {
    for (std::size_t position = transfer.position + 1; position < transfer.bound + rows; ++position)
      positions.push_back(position);
  }
  return positions;
}

/// Positions that are tried for a transfer before it stays where it is.
constexpr std::size_t kMaxPositions = 16;

/// Positions where the rows gain most from the transfer, at most `count`, the best first. Of equal
/// gains the nearest row has the shortest life.
std::vector<std::size_t> best_positions(const ScheduledTransfer& transfer, const Rows& sums,
                                        std::size_t rows, std::int64_t cost, std::size_t count) {
  std::vector<std::pair<std::int64_t, std::size_t>> best;  // gain, position
  for (const std::size_t position : positions_of(transfer, rows)) {
    if (!sums.has_room(position)) continue;
    const std::int64_t gain = sums.gain(transfer.position, position, cost);
    if (gain <= 0 || (best.size() == count && gain <= best.back().first)) continue;
    if (best.size() == count) best.pop_back();
    const auto behind = std::find_if(best.begin(), best.end(),
                                     [&](const auto& other) { return other.first < gain; });
    best.insert(behind, {gain, position});
  }
  std::vector<std::size_t> positions;
  for (const auto& [gain, position] : best)
    positions.push_back(position);
  return positions;
}

/// First and last position in stage 1 at which each value is read. Uses of a value through views
/// are uses of its bytes.
struct ReadPositions {
  std::vector<std::size_t> first{};  ///< GroupValue::kOutside: never read
  std::vector<std::size_t> last{};
};

ReadPositions read_positions(const GroupGraph& graph, const GroupRange& range,
                             const std::vector<std::size_t>& ops) {
  ReadPositions read{std::vector<std::size_t>(graph.values.size(), GroupValue::kOutside),
                     std::vector<std::size_t>(graph.values.size(), 0)};
  for (std::size_t row = 0; row < ops.size(); ++row) {
    for (const std::size_t operand : graph.ops[ops[row]].operands) {
      if (operand == GroupOp::kImmediate) continue;
      const std::size_t root = buffer_of(graph, range, operand);
      read.first[root] = std::min(read.first[root], ops.size() + row);
      read.last[root] = std::max(read.last[root], ops.size() + row);
    }
  }
  return read;
}

}  // namespace

Schedule nearest_schedule(const GroupGraph& graph, const GroupRange& range,
                          const std::vector<bool>& held) {
  Schedule schedule;
  std::vector<std::size_t> row_of(graph.ops.size(), 0);
  for (std::size_t i = range.first; i <= range.last; ++i) {
    if (graph.ops[i].is_view) continue;
    row_of[i] = schedule.rows.size();
    schedule.rows.push_back(i);
  }
  const std::size_t rows = schedule.rows.size();
  const auto [first, last] = read_positions(graph, range, schedule.rows);
  for (const std::size_t value : values_of(graph, range)) {
    if (is_loaded(graph, range, value)) {
      if (first[value] == GroupValue::kOutside) continue;
      schedule.transfers.push_back({.value = value,
                                    .is_load = true,
                                    .is_resident = held[value],
                                    .position = first[value] - 1,
                                    .bound = first[value],
                                    .last = last[value]});
    }
  }
  // A value and its views are one tensor in DDR: the first of them that leaves is stored.
  std::vector<bool> is_kept(graph.values.size(), false);
  for (const std::size_t value : values_of(graph, range)) {
    if (!is_stored(graph, range, value)) continue;
    const std::size_t root = buffer_of(graph, range, value);
    if (is_loaded(graph, range, root)) continue;  // a view of what DDR holds already
    if (is_kept[root]) continue;
    is_kept[root] = true;
    const std::size_t made = rows + row_of[graph.values[root].producer];
    schedule.transfers.push_back(
        {.value = value, .is_load = false, .position = made + 1, .bound = made, .last = made});
  }
  return schedule;
}

std::int64_t schedule_time(const Schedule& schedule, const SliceCosts& costs, std::int64_t sync) {
  Iteration iteration(schedule, costs, sync);
  const auto stages = static_cast<std::int64_t>(kStages);
  const std::int64_t iterations = costs.slices + stages - 1;
  // Iterations in which no stage works on the first or the last slice are alike.
  const std::int64_t alike_begin = stages;
  const std::int64_t alike_end = costs.slices - 1;
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < iterations; ++i) {
    if (i == alike_begin && alike_end - alike_begin > 1) {
      total += iteration.time(i) * (alike_end - alike_begin);
      i = alike_end - 1;
      continue;
    }
    total += iteration.time(i);
  }
  return total;
}

bool balance(Schedule& schedule, const SliceCosts& costs, std::int64_t sync,
             const MoveTest& allows) {
  Rows sums(schedule, costs, sync);
  bool has_moved = false;
  for (const std::size_t i : longest_first(costs.middle.transfer)) {
    ScheduledTransfer& transfer = schedule.transfers[i];
    const std::int64_t cost = costs.middle.transfer[i];
    if (transfer.is_resident || !sums.is_short(transfer.position)) continue;
    const std::size_t from = transfer.position;
    for (const std::size_t target :
         best_positions(transfer, sums, schedule.rows.size(), cost, allows ? kMaxPositions : 1)) {
      transfer.position = target;
      if (!allows || allows(transfer)) break;
      transfer.position = from;
    }
    if (transfer.position == from) continue;
    sums.move(from, transfer.position, cost);
    has_moved = true;
  }
  return has_moved;
}

}  // namespace tpuscope
