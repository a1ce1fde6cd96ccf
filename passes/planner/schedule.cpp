// The first arrangement, its time, and the balance between the engines.

#include "passes/planner/schedule.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <cstdint>
#include <limits>
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

/// A set of rows in which the nearest one is found 64 at a time.
class RowSet {
 public:
  explicit RowSet(std::size_t rows) : words_(rows / kBits + 1, 0) {}

  void set(std::size_t row, bool is_in) {
    const std::uint64_t bit = std::uint64_t{1} << (row % kBits);
    std::uint64_t& word = words_[row / kBits];
    word = is_in ? word | bit : word & ~bit;
  }
  /// The last row below `end`; kNoRow if there is none.
  std::size_t last_below(std::size_t end) const {
    std::size_t at = end / kBits;
    std::uint64_t word = words_[at] & ((std::uint64_t{1} << (end % kBits)) - 1);
    while (word == 0) {
      if (at == 0) return kNoRow;
      word = words_[--at];
    }
    return at * kBits + kBits - 1 - static_cast<std::size_t>(std::countl_zero(word));
  }
  /// The first row from `begin` on; kNoRow if there is none.
  std::size_t first_from(std::size_t begin) const {
    std::size_t at = begin / kBits;
    std::uint64_t word = words_[at] & ~((std::uint64_t{1} << (begin % kBits)) - 1);
    while (word == 0) {
      if (++at == words_.size()) return kNoRow;
      word = words_[at];
    }
    return at * kBits + static_cast<std::size_t>(std::countr_zero(word));
  }

  static constexpr std::size_t kNoRow = std::numeric_limits<std::size_t>::max();

 private:
  static constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> words_;
};

/// Sums per row of what both engines do while all stages are at work; of a single slice the stages
/// follow each other.
class Rows {
 public:
  Rows(const Schedule& schedule, const SliceCosts& costs, std::int64_t sync)
      : rows_(schedule.rows.size()),
        wraps_(costs.slices > 1),
        sync_(sync),
        has_room_(kStages * rows_) {
    bdc_.assign(kStages * rows_, 0);
    gdma_.assign(kStages * rows_, 0);
    for (std::size_t row = 0; row < rows_; ++row)
      bdc_[place(rows_ + row)] = costs.middle.compute[row];
    for (std::size_t i = 0; i < schedule.transfers.size(); ++i) {
      const ScheduledTransfer& transfer = schedule.transfers[i];
      if (transfer.is_resident && wraps_) continue;
      gdma_[place(transfer.position)] += costs.middle.transfer[i];
    }
    for (std::size_t row = 0; row < bdc_.size(); ++row)
      note_room(row);
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
  void move(std::size_t from, std::size_t to, std::int64_t cost) {
    gdma_[place(from)] -= cost;
    gdma_[place(to)] += cost;
    note_room(place(from));
    note_room(place(to));
  }

  /// Where the sums of a position are. There are few stages: taking their rows away is faster than
  /// a division.
  std::size_t place(std::size_t position) const {
    while (wraps_ && position >= rows_)
      position -= rows_;
    return position;
  }
  /// How many positions before that of a place the nearest one is whose row could hide more; kNone
  /// if there is none.
  std::size_t steps_to_room_before(std::size_t place) const {
    const std::size_t row = has_room_.last_below(place);
    if (row != RowSet::kNoRow) return place - row;
    const std::size_t around = wraps_ ? has_room_.last_below(rows_) : RowSet::kNoRow;
    return around == RowSet::kNoRow ? kNone : place + rows_ - around;
  }
  /// The same behind it.
  std::size_t steps_to_room_behind(std::size_t place) const {
    const std::size_t row = has_room_.first_from(place + 1);
    if (row != RowSet::kNoRow) return row - place;
    const std::size_t around = wraps_ ? has_room_.first_from(0) : RowSet::kNoRow;
    return around == RowSet::kNoRow ? kNone : rows_ - place + around;
  }

  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

 private:
  std::int64_t time(std::size_t row, std::int64_t gdma) const {
    return std::max(bdc_[row], gdma) + (bdc_[row] > 0 && gdma > 0 ? sync_ : 0);
  }
  void note_room(std::size_t row) { has_room_.set(row, bdc_[row] > gdma_[row]); }

  std::size_t rows_;
  bool wraps_;
  std::int64_t sync_;
  std::vector<std::int64_t> bdc_{};
  std::vector<std::int64_t> gdma_{};
  RowSet has_room_;  ///< rows that could hide more
};

/// A position to which a transfer could move, and what the rows gain by that.
struct Shift {
  std::int64_t gain = 0;
  std::size_t position = 0;
};

/// A transfer that could move to a gain. Sorted, the longest are first: they are the hardest to
/// hide.
struct Movable {
  std::int64_t negative_time = 0;
  std::size_t transfer = 0;
  friend auto operator<=>(const Movable&, const Movable&) = default;
};

std::vector<Movable> longest_first(const Schedule& schedule,
                                   const std::vector<std::int64_t>& times) {
  std::vector<Movable> order;
  order.reserve(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!schedule.transfers[i].is_resident && times[i] > 0) order.push_back({-times[i], i});
  }
  std::sort(order.begin(), order.end());
  return order;
}

/// Positions that are tried for a transfer before it stays where it is.
constexpr std::size_t kMaxPositions = 16;

/// Positions where the rows gain most from one transfer, at most so many, the best first. Of equal
/// gains the nearest row has the shortest life.
class BestShifts {
 public:
  BestShifts(const ScheduledTransfer& transfer, const Rows& sums, std::int64_t cost,
             std::size_t count, std::vector<Shift>& best)
      : sums_(sums),
        home_(sums.place(transfer.position)),
        cost_(cost),
        freed_(sums.freed(home_, cost)),
        count_(count),
        best_(best) {
    best_.clear();
  }

  /// No place gains more than is freed.
  bool is_done() const {
    return freed_ <= 0 || (best_.size() == count_ && best_.back().gain == freed_);
  }

  void consider(std::size_t position) {
    const std::size_t place = sums_.place(position);
    if (place == home_) return;
    const std::int64_t gain = freed_ - sums_.added(place, cost_);
    if (gain <= 0 || (best_.size() == count_ && gain <= best_.back().gain)) return;
    if (best_.size() == count_) best_.pop_back();
    const auto behind = std::find_if(best_.begin(), best_.end(),
                                     [&](const Shift& other) { return other.gain < gain; });
    best_.insert(behind, {gain, position});
  }

 private:
  const Rows& sums_;
  std::size_t home_;
  std::int64_t cost_;
  std::int64_t freed_;
  std::size_t count_;
  std::vector<Shift>& best_;
};

/// Fills `best` with what BestShifts finds: the nearest rows first, and of those only rows that
/// could hide more: of a group that waits for loads these are few. What moves may live for at most
/// one turn of the rows.
void find_best_positions(const ScheduledTransfer& transfer, const Rows& sums, std::size_t rows,
                         std::int64_t cost, std::size_t count, std::vector<Shift>& best) {
  BestShifts shifts(transfer, sums, cost, count, best);
  std::size_t position = transfer.position;
  if (transfer.is_load) {
    const std::size_t low = transfer.last + 1 > rows ? transfer.last + 1 - rows : 0;
    while (!shifts.is_done()) {
      const std::size_t steps = sums.steps_to_room_before(sums.place(position));
      if (steps > position || position - steps < low) return;
      position -= steps;
      shifts.consider(position);
    }
    return;
  }
  const std::size_t high = transfer.bound + rows;
  while (!shifts.is_done()) {
    const std::size_t steps = sums.steps_to_room_behind(sums.place(position));
    if (steps >= high || position + steps >= high) return;
    position += steps;
    shifts.consider(position);
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
  for (const Movable& movable : longest_first(schedule, costs.middle.transfer)) {
    const std::size_t i = movable.transfer;
    ScheduledTransfer& transfer = schedule.transfers[i];
    const std::int64_t cost = costs.middle.transfer[i];
    if (!sums.is_short(transfer.position)) continue;
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
