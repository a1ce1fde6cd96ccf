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
      : schedule_(schedule), costs_(costs), sync_(sync) {
    for (const ScheduledTransfer& transfer : schedule.transfers)
      stages_.push_back(transfer.position / schedule.rows.size());
  }

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
      const std::int64_t index = slice(stages_[i]);
      if (index < 0 || (transfer.is_resident && index > 0)) continue;
      gdma_[transfer.position - stages_[i] * rows] += cost_of(costs_, index).transfer[i];
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
  std::vector<std::size_t> stages_{};  ///< per transfer
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

  /// What a place gains when `cost` leaves it.
  std::int64_t freed(std::size_t row, std::int64_t cost) const {
    return time(row, gdma_[row]) - time(row, gdma_[row] - cost);
  }
  /// What `cost` more takes there.
  std::int64_t added(std::size_t row, std::int64_t cost) const {
    return time(row, gdma_[row] + cost) - time(row, gdma_[row]);
  }
  /// Whether transfers of this position make its row longer than its compute does.
  bool is_short(std::size_t position) const {
    const std::size_t row = place(position);
    return gdma_[row] > bdc_[row];
  }
  /// Whether the row of a place could hide more.
  bool has_room_at(std::size_t row) const { return bdc_[row] > gdma_[row]; }
  void move(std::size_t from, std::size_t to, std::int64_t cost) {
    gdma_[place(from)] -= cost;
    gdma_[place(to)] += cost;
  }

  /// Where the sums of a position are, and of those beside it.
  std::size_t place(std::size_t position) const { return wraps_ ? position % rows_ : position; }
  std::size_t before(std::size_t place) const {
    return place == 0 ? (wraps_ ? rows_ : bdc_.size()) - 1 : place - 1;
  }
  std::size_t behind(std::size_t place) const {
    return wraps_ && place + 1 == rows_ ? 0 : place + 1;
  }

 private:
  std::int64_t time(std::size_t row, std::int64_t gdma) const {
    return std::max(bdc_[row], gdma) + (bdc_[row] > 0 && gdma > 0 ? sync_ : 0);
  }

  std::size_t rows_;
  bool wraps_;
  std::int64_t sync_;
  std::vector<std::int64_t> bdc_{};
  std::vector<std::int64_t> gdma_{};
};

/// A position to which a transfer could move, and what the rows gain by that.
struct Shift {
  std::int64_t gain = 0;
  std::size_t position = 0;
};

/// The longest transfers are the hardest to hide.
std::vector<std::size_t> longest_first(const std::vector<std::int64_t>& times) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] > times[b]; });
  return order;
}

/// Positions that are tried for a transfer before it stays where it is.
constexpr std::size_t kMaxPositions = 16;

/// Positions where the rows gain most from the transfer, at most `count`, the best first. Of equal
/// gains the nearest row has the shortest life. What moves may live for at most one turn of the
/// rows.
void find_best_positions(const ScheduledTransfer& transfer, const Rows& sums, std::size_t rows,
                         std::int64_t cost, std::size_t count, std::vector<Shift>& best) {
  best.clear();
  const std::size_t home = sums.place(transfer.position);
  const std::int64_t freed = sums.freed(home, cost);
  const auto consider = [&](std::size_t position, std::size_t place) {
    if (place == home || !sums.has_room_at(place)) return;
    const std::int64_t gain = freed - sums.added(place, cost);
    if (gain <= 0 || (best.size() == count && gain <= best.back().gain)) return;
    if (best.size() == count) best.pop_back();
    const auto behind = std::find_if(best.begin(), best.end(),
                                     [&](const Shift& other) { return other.gain < gain; });
    best.insert(behind, {gain, position});
  };
  // The nearest first. The place of a position on the ring of rows is counted along with it: a
  // division for each would be most of the work.
  std::size_t place = home;
  if (transfer.is_load) {
    const std::size_t low = transfer.last + 1 > rows ? transfer.last + 1 - rows : 0;
    for (std::size_t position = transfer.position; position > low; --position) {
      place = sums.before(place);
      consider(position - 1, place);
    }
  } else {
    for (std::size_t position = transfer.position + 1; position < transfer.bound + rows;
         ++position) {
      place = sums.behind(place);
      consider(position, place);
    }
  }
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
  for (const std::size_t row : schedule.rows)
    schedule.last_reads.push_back(last[graph.ops[row].result]);
  const std::vector<std::size_t> values = values_of(graph, range);
  for (const std::size_t value : values) {
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
  for (const std::size_t value : values) {
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
  std::vector<Shift> best;
  bool has_moved = false;
  for (const std::size_t i : longest_first(costs.middle.transfer)) {
    ScheduledTransfer& transfer = schedule.transfers[i];
    const std::int64_t cost = costs.middle.transfer[i];
    if (transfer.is_resident || !sums.is_short(transfer.position)) continue;
    const std::size_t from = transfer.position;
    find_best_positions(transfer, sums, schedule.rows.size(), cost, allows ? kMaxPositions : 1,
                        best);
    for (const Shift& move : best) {
      transfer.position = move.position;
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
