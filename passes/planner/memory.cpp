// Lifetimes and addresses: see memory.h.

#include "passes/planner/memory.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "sim/cost/local_memory.h"

namespace tpuscope {
namespace {

/// Rows [begin, end] in which a buffer is alive, on a ring when slices follow each other.
class Lifetimes {
 public:
  Lifetimes(std::size_t rows, bool is_sliced) : rows_(rows), is_sliced_(is_sliced) {}

  bool overlap(const GroupBuffer& a, const GroupBuffer& b) const {
    if (is_everywhere(a) || is_everywhere(b)) return true;
    if (!is_sliced_) return a.begin <= b.end && b.begin <= a.end;
    // Distances on the ring from the beginning of one to that of the other.
    const std::size_t ahead = (b.begin % rows_ + rows_ - a.begin % rows_) % rows_;
    const std::size_t behind = (rows_ - ahead) % rows_;
    return ahead <= a.end - a.begin || behind <= b.end - b.begin;
  }
  bool is_everywhere(const GroupBuffer& buffer) const {
    return buffer.is_resident || (is_sliced_ && buffer.end - buffer.begin + 1 >= rows_);
  }
  std::size_t length(const GroupBuffer& buffer) const {
    return is_everywhere(buffer) ? 3 * rows_ : buffer.end - buffer.begin + 1;
  }

 private:
  std::size_t rows_;
  bool is_sliced_;
};

/// Adds bytes to the rows of a buffer's life; returns the most that any of these has then.
std::int64_t add_to(std::vector<std::int64_t>& live, const GroupBuffer& buffer,
                    const Lifetimes& lifetimes, std::int64_t bytes) {
  std::int64_t most = 0;
  if (lifetimes.is_everywhere(buffer)) {
    for (std::int64_t& row : live)
      most = std::max(most, row += bytes);
    return most;
  }
  std::size_t row = buffer.begin % live.size();
  for (std::size_t position = buffer.begin; position <= buffer.end; ++position) {
    most = std::max(most, live[row] += bytes);
    row = row + 1 == live.size() ? 0 : row + 1;
  }
  return most;
}

/// Copies that slices in turn need: one more for each turn of the rows that a buffer lives.
std::int64_t copies_of(const GroupBuffer& buffer, std::size_t rows) {
  return static_cast<std::int64_t>((buffer.end - buffer.begin + rows) / rows);
}

/// Bytes in use per row, out of where they begin and end: two additions for a buffer, however long
/// it lives.
class LiveBytes {
 public:
  LiveBytes(std::size_t rows, bool is_sliced)
      : rows_(rows), is_sliced_(is_sliced), changes_((is_sliced ? rows : 3 * rows) + 1, 0) {}

  void add(std::int64_t bytes, std::size_t begin, std::size_t end, bool is_resident = false) {
    const std::size_t rows = end - begin + 1;
    if (is_resident) {
      everywhere_ += bytes;
    } else if (!is_sliced_) {
      changes_[begin] += bytes;
      changes_[end + 1] -= bytes;
    } else if (rows >= rows_) {
      everywhere_ += bytes * static_cast<std::int64_t>((rows - 1 + rows_) / rows_);
    } else {
      const std::size_t from = begin % rows_;
      const std::size_t behind = from + rows;
      changes_[from] += bytes;
      changes_[behind <= rows_ ? behind : behind - rows_] -= bytes;
      if (behind > rows_) changes_[0] += bytes;
    }
  }
  std::int64_t most() const {
    std::int64_t live = 0;
    std::int64_t most = 0;
    for (const std::int64_t change : changes_)
      most = std::max(most, live += change);
    return most + everywhere_;
  }

 private:
  std::size_t rows_;
  bool is_sliced_;
  std::vector<std::int64_t> changes_;
  std::int64_t everywhere_ = 0;
};

/// In which rows' instructions a buffer takes part. Values that one instruction reads and writes
/// should begin in different banks.
class RowMasks {
 public:
  RowMasks(const GroupGraph& graph, const Schedule& schedule,
           const std::vector<GroupBuffer>& buffers)
      : words_(schedule.rows.size() / 64 + 1) {
    std::map<std::size_t, std::vector<std::uint64_t>> by_value;
    for (std::size_t row = 0; row < schedule.rows.size(); ++row) {
      const GroupOp& op = graph.ops[schedule.rows[row]];
      const auto mark = [&](std::size_t value) {
        std::vector<std::uint64_t>& mask = by_value[value];
        mask.resize(words_, 0);
        mask[row / 64] |= std::uint64_t{1} << (row % 64);
      };
      mark(op.result);
      for (const std::size_t operand : op.operands) {
        if (operand != GroupOp::kImmediate) mark(operand);
      }
    }
    for (const GroupBuffer& buffer : buffers) {
      std::vector<std::uint64_t> mask = by_value[buffer.value];
      mask.resize(words_, 0);
      for (const InPlaceResult& result : buffer.in_place) {
        const std::vector<std::uint64_t>& other = by_value[result.value];
        for (std::size_t word = 0; word < other.size(); ++word)
          mask[word] |= other[word];
      }
      masks_.push_back(std::move(mask));
    }
  }
  bool share_row(std::size_t a, std::size_t b) const {
    for (std::size_t word = 0; word < words_; ++word) {
      if ((masks_[a][word] & masks_[b][word]) != 0) return true;
    }
    return false;
  }

 private:
  std::size_t words_;
  std::vector<std::vector<std::uint64_t>> masks_{};
};

/// Ranges that are taken, and the banks in which a new one should not begin.
struct Taken {
  std::vector<LocalRange> ranges{};
  std::set<std::int64_t> banks{};
};

class Placer {
 public:
  Placer(const Chip& chip, const GroupGraph& graph, const Schedule& schedule,
         const std::vector<GroupBuffer>& buffers, std::int64_t limit, bool is_sliced)
      : lifetimes_(schedule.rows.size(), is_sliced),
        masks_(graph, schedule, buffers),
        limit_(limit),
        unit_(chip.array.eu_bytes_per_lane),
        bank_(std::max<std::int64_t>(1, chip.bank_bytes())) {}

  bool place(std::vector<GroupBuffer>& buffers, bool by_area, bool avoids_banks) const {
    std::vector<std::size_t> done;
    for (const std::size_t index : order_of(buffers, by_area)) {
      GroupBuffer& buffer = buffers[index];
      for (std::int64_t copy = 0; copy < buffer.copies; ++copy) {
        const Taken taken = taken_from(buffers, index, done);
        std::int64_t address = avoids_banks ? first_fit(buffer.bytes, taken, true) : -1;
        if (address < 0) address = first_fit(buffer.bytes, taken, false);
        if (address < 0) return false;
        buffer.ranges.push_back(
            {static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(buffer.bytes)});
      }
      done.push_back(index);
    }
    return true;
  }

 private:
  /// Largest first, by bytes or by bytes times rows.
  std::vector<std::size_t> order_of(const std::vector<GroupBuffer>& buffers, bool by_area) const {
    std::vector<std::size_t> order(buffers.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    const auto size = [&](const GroupBuffer& buffer) {
      const auto rows = static_cast<std::int64_t>(lifetimes_.length(buffer));
      return buffer.bytes * (by_area ? rows : 1);
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return size(buffers[a]) > size(buffers[b]);
    });
    return order;
  }

  Taken taken_from(const std::vector<GroupBuffer>& buffers, std::size_t index,
                   const std::vector<std::size_t>& done) const {
    Taken taken{.ranges = buffers[index].ranges};
    for (const std::size_t other : done) {
      if (!lifetimes_.overlap(buffers[index], buffers[other])) continue;
      for (const LocalRange& range : buffers[other].ranges) {
        taken.ranges.push_back(range);
        if (masks_.share_row(index, other)) taken.banks.insert(range.address / bank_);
      }
    }
    std::sort(taken.ranges.begin(), taken.ranges.end(),
              [](const LocalRange& a, const LocalRange& b) { return a.address < b.address; });
    return taken;
  }

  /// Lowest address with room, or -1. Taken ranges may overlap each other.
  std::int64_t first_fit(std::int64_t bytes, const Taken& taken, bool avoids_banks) const {
    std::int64_t address = 0;
    while (address + bytes <= limit_) {
      const auto in_the_way =
          std::find_if(taken.ranges.begin(), taken.ranges.end(), [&](const LocalRange& range) {
            return std::int64_t{range.address} < address + bytes &&
                   std::int64_t{range.address} + range.bytes > address;
          });
      if (in_the_way != taken.ranges.end()) {
        address = align_up(std::int64_t{in_the_way->address} + in_the_way->bytes, unit_);
      } else if (avoids_banks && taken.banks.contains(address / bank_)) {
        address = align_up(address + 1, bank_);
      } else {
        return address;
      }
    }
    return -1;
  }

  Lifetimes lifetimes_;
  RowMasks masks_;
  std::int64_t limit_;
  std::int64_t unit_;
  std::int64_t bank_;
};

/// Buffers of a group, one property after another.
class BufferBuilder {
 public:
  BufferBuilder(const GroupGraph& graph, const GroupRange& range, const Schedule& schedule,
                bool is_sliced)
      : graph_(graph),
        range_(range),
        schedule_(schedule),
        rows_(schedule.rows.size()),
        is_sliced_(is_sliced),
        slot_(graph.values.size(), kNoSlot) {
    add_results();
    add_loads();
    live_until_read();
    live_until_stored();
  }

  /// Rows in order, so that a chain of results reuses one buffer from end to end.
  void reuse(const InPlaceOperands& in_place) {
    for (std::size_t row = 0; row < in_place.size(); ++row) {
      const std::uint32_t result = slot_[op_of(row).result];
      const auto operand =
          std::find_if(in_place[row].begin(), in_place[row].end(), [&](std::size_t value) {
            // A row's instruction may not write what the row's transfers still read.
            return slots_[slot_[value]].stored < rows_ + row &&
                   is_reusable(buffer_of_slot(slot_[value]), row, slots_[result].buffer);
          });
      if (operand == in_place[row].end()) continue;
      const std::uint32_t owner = slots_[slot_[*operand]].owner;
      GroupBuffer& buffer = slots_[owner].buffer;
      const GroupBuffer& own = slots_[result].buffer;
      buffer.in_place.push_back({own.value, own.begin, own.end});
      buffer.end = own.end;
      slots_[result].owner = owner;
    }
  }

  /// In the order of their values; scratch after them.
  std::vector<GroupBuffer> sized(const BufferSizes& sizes) {
    std::vector<GroupBuffer> made;
    made.reserve(slots_.size());
    for (std::uint32_t index = 0; index < slots_.size(); ++index) {
      if (slots_[index].owner != index) continue;
      GroupBuffer& buffer = slots_[index].buffer;
      buffer.bytes = sizes.values[buffer.value];
      for (const InPlaceResult& result : buffer.in_place)
        buffer.bytes = std::max(buffer.bytes, sizes.values[result.value]);
      if (is_sliced_ && !buffer.is_resident) buffer.copies = copies_of(buffer, rows_);
      made.push_back(std::move(buffer));
    }
    std::sort(made.begin(), made.end(),
              [](const GroupBuffer& a, const GroupBuffer& b) { return a.value < b.value; });
    for (std::size_t row = 0; row < rows_; ++row) {
      if (sizes.scratch[row] == 0) continue;
      made.push_back({.kind = BufferKind::kScratch,
                      .value = op_of(row).result,
                      .bytes = sizes.scratch[row],
                      .begin = rows_ + row,
                      .end = rows_ + row});
    }
    return made;
  }

 private:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();

  /// A value that has a buffer, its own or one that it reuses.
  struct Slot {
    GroupBuffer buffer{};
    std::size_t stored = 0;   ///< position of its last store, 0 without one
    std::uint32_t owner = 0;  ///< the slot whose buffer it is in
  };

  const GroupOp& op_of(std::size_t row) const { return graph_.ops[schedule_.rows[row]]; }

  const GroupBuffer& buffer_of_slot(std::uint32_t slot) const {
    return slots_[slots_[slot].owner].buffer;
  }

  void add(GroupBuffer buffer) {
    const auto index = static_cast<std::uint32_t>(slots_.size());
    slot_[buffer.value] = index;
    slots_.push_back({.buffer = std::move(buffer), .owner = index});
  }

  void add_results() {
    slots_.reserve(rows_ + schedule_.transfers.size());
    for (std::size_t row = 0; row < rows_; ++row)
      add({.value = op_of(row).result, .begin = rows_ + row, .end = rows_ + row});
  }

  void add_loads() {
    for (const ScheduledTransfer& transfer : schedule_.transfers) {
      if (!transfer.is_load) continue;
      const bool is_weight = graph_.values[transfer.value].is_weight;
      add({.kind = is_weight ? BufferKind::kWeight : BufferKind::kActivation,
           .value = transfer.value,
           .begin = transfer.position,
           .end = transfer.last,
           .is_resident = transfer.is_resident && is_sliced_});
    }
  }

  void live_until_read() {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (const std::size_t operand : op_of(row).operands) {
        if (operand != GroupOp::kImmediate) live_until(rows_ + row, operand);
      }
    }
  }

  void live_until_stored() {
    for (const ScheduledTransfer& transfer : schedule_.transfers) {
      if (transfer.is_load) continue;
      Slot& slot = live_until(transfer.position, transfer.value);
      slot.stored = std::max(slot.stored, transfer.position);
    }
  }

  /// Uses of a view are uses of the buffer that it is a view of.
  Slot& live_until(std::size_t position, std::size_t value) {
    Slot& slot = slots_.at(slot_[buffer_of(graph_, range_, value)]);
    slot.buffer.end = std::max(slot.buffer.end, position);
    return slot;
  }

  bool is_reusable(const GroupBuffer& buffer, std::size_t row, const GroupBuffer& result) const {
    const bool dies = !buffer.is_resident && buffer.end == rows_ + row;
    return dies && (!is_sliced_ || result.end - buffer.begin + 1 <= rows_);
  }

  const GroupGraph& graph_;
  const GroupRange& range_;
  const Schedule& schedule_;
  std::size_t rows_;
  bool is_sliced_;
  std::vector<Slot> slots_{};
  std::vector<std::uint32_t> slot_;  ///< per value
};

}  // namespace

std::vector<GroupBuffer> group_buffers(const GroupGraph& graph, const GroupRange& range,
                                       const Schedule& schedule, const BufferSizes& sizes,
                                       bool is_sliced, const InPlaceOperands& in_place) {
  BufferBuilder builder(graph, range, schedule, is_sliced);
  builder.reuse(in_place);
  return builder.sized(sizes);
}

std::int64_t peak_bytes(const std::vector<GroupBuffer>& buffers, std::size_t rows, bool is_sliced) {
  std::vector<std::int64_t> live(is_sliced ? rows : 3 * rows, 0);
  const Lifetimes lifetimes(rows, is_sliced);
  for (const GroupBuffer& buffer : buffers)
    add_to(live, buffer, lifetimes, buffer.bytes * buffer.copies);
  return live.empty() ? 0 : *std::max_element(live.begin(), live.end());
}

std::int64_t peak_bytes(const GroupGraph& graph, const Schedule& schedule, const BufferSizes& sizes,
                        bool is_sliced) {
  const std::size_t rows = schedule.rows.size();
  LiveBytes live(rows, is_sliced);
  std::vector<std::size_t> ends = schedule.last_reads;
  for (const ScheduledTransfer& transfer : schedule.transfers) {
    if (transfer.is_load) {
      live.add(sizes.values[transfer.value], transfer.position, transfer.last,
               transfer.is_resident && is_sliced);
    } else {
      std::size_t& end = ends[transfer.bound - rows];
      end = std::max(end, transfer.position);
    }
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t begin = rows + row;
    live.add(sizes.values[graph.ops[schedule.rows[row]].result], begin, std::max(begin, ends[row]));
    if (sizes.scratch[row] > 0) live.add(sizes.scratch[row], begin, begin);
  }
  return live.most();
}

BytesInUse::BytesInUse(const std::vector<GroupBuffer>& buffers, std::size_t rows, bool is_sliced,
                       std::int64_t limit)
    : buffers_(buffers),
      rows_(rows),
      is_sliced_(is_sliced),
      limit_(limit),
      live_(is_sliced ? rows : 3 * rows, 0) {
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    add(buffers_[i], 1);
    if (buffers_[i].kind == BufferKind::kScratch) continue;
    holder_.emplace(buffers_[i].value, i);
    for (const InPlaceResult& result : buffers_[i].in_place)
      holder_.emplace(result.value, i);
  }
}

/// Whether no row of the buffer's life is beyond the limit.
bool BytesInUse::add(const GroupBuffer& buffer, std::int64_t sign) {
  return add_to(live_, buffer, Lifetimes(rows_, is_sliced_), sign * buffer.bytes * buffer.copies) <=
         limit_;
}

bool BytesInUse::extend(std::size_t value, std::size_t position) {
  GroupBuffer& buffer = buffers_.at(holder_.at(value));
  if (position >= buffer.begin && position <= buffer.end) return true;
  GroupBuffer longer = buffer;
  longer.begin = std::min(longer.begin, position);
  longer.end = std::max(longer.end, position);
  if (!longer.in_place.empty()) {
    if (longer.end > buffer.end && value != longer.in_place.back().value) return false;
    if (is_sliced_ && longer.end - longer.begin + 1 > rows_) return false;
  }
  if (is_sliced_ && !longer.is_resident) longer.copies = copies_of(longer, rows_);
  add(buffer, -1);
  if (!add(longer, 1)) {
    add(longer, -1);
    add(buffer, 1);
    return false;
  }
  buffer = std::move(longer);
  return true;
}

bool place_buffers(const Chip& chip, const GroupGraph& graph, const Schedule& schedule,
                   std::vector<GroupBuffer>& buffers, std::int64_t limit, bool is_sliced) {
  const Placer placer(chip, graph, schedule, buffers, limit, is_sliced);
  // Banks are avoided while there is room; gaps left for their sake are given up first.
  for (const auto& [by_area, avoids_banks] :
       {std::pair(true, true), std::pair(true, false), std::pair(false, false)}) {
    for (GroupBuffer& buffer : buffers)
      buffer.ranges.clear();
    if (placer.place(buffers, by_area, avoids_banks)) return true;
  }
  return false;
}

std::vector<std::int64_t> bank_conflicts_of(const Chip& chip, const GroupGraph& graph,
                                            const GroupRange& range, const Schedule& schedule,
                                            const std::vector<GroupBuffer>& buffers) {
  std::vector<LocalRange> first(graph.values.size());
  for (const GroupBuffer& buffer : buffers) {
    if (buffer.kind == BufferKind::kScratch) continue;
    first[buffer.value] = buffer.ranges.front();
    for (const InPlaceResult& result : buffer.in_place)
      first[result.value] = buffer.ranges.front();
  }
  std::vector<std::int64_t> conflicts;
  for (const std::size_t index : schedule.rows) {
    const GroupOp& op = graph.ops[index];
    std::vector<LocalRange> operands;
    for (const std::size_t operand : op.operands) {
      if (operand == GroupOp::kImmediate || operands.size() == kCommandOperands) continue;
      operands.push_back(first[buffer_of(graph, range, operand)]);
    }
    conflicts.push_back(bank_conflicts(chip, first[op.result], operands));
  }
  return conflicts;
}

}  // namespace tpuscope
