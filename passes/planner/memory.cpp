// Lifetimes and addresses: see memory.h.

#include "passes/planner/memory.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

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
        buffers_(graph.values.size()),
        exists_(graph.values.size(), false),
        stored_(graph.values.size(), 0) {
    add_results();
    add_loads();
    live_until_read();
    live_until_stored();
  }

  /// Rows in order, so that a chain of results reuses one buffer from end to end.
  void reuse(const InPlaceOperands& in_place) {
    std::vector<std::size_t> owner(buffers_.size());
    std::iota(owner.begin(), owner.end(), std::size_t{0});
    for (std::size_t row = 0; row < in_place.size(); ++row) {
      const std::size_t result = op_of(row).result;
      const auto operand =
          std::find_if(in_place[row].begin(), in_place[row].end(), [&](std::size_t value) {
            // A row's instruction may not write what the row's transfers still read.
            return stored_[value] < rows_ + row &&
                   is_reusable(buffers_[owner[value]], row, buffers_[result]);
          });
      if (operand == in_place[row].end()) continue;
      GroupBuffer& buffer = buffers_[owner[*operand]];
      buffer.in_place.push_back({result, buffers_[result].begin, buffers_[result].end});
      buffer.end = buffers_[result].end;
      owner[result] = owner[*operand];
      exists_[result] = false;
    }
  }

  std::vector<GroupBuffer> sized(const BufferSizes& sizes) {
    std::vector<GroupBuffer> made;
    for (std::size_t value = 0; value < buffers_.size(); ++value) {
      if (!exists_[value]) continue;
      GroupBuffer& buffer = buffers_[value];
      buffer.bytes = sizes.values[value];
      for (const InPlaceResult& result : buffer.in_place)
        buffer.bytes = std::max(buffer.bytes, sizes.values[result.value]);
      if (is_sliced_ && !buffer.is_resident) {
        buffer.copies = static_cast<std::int64_t>((buffer.end - buffer.begin + rows_) / rows_);
      }
      made.push_back(std::move(buffer));
    }
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
  const GroupOp& op_of(std::size_t row) const { return graph_.ops[schedule_.rows[row]]; }

  void add_results() {
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t result = op_of(row).result;
      exists_[result] = true;
      buffers_[result] = {.value = result, .begin = rows_ + row, .end = rows_ + row};
    }
  }

  void add_loads() {
    for (const ScheduledTransfer& transfer : schedule_.transfers) {
      if (!transfer.is_load) continue;
      const bool is_weight = graph_.values[transfer.value].is_weight;
      exists_[transfer.value] = true;
      buffers_[transfer.value] = {.kind = is_weight ? BufferKind::kWeight : BufferKind::kActivation,
                                  .value = transfer.value,
                                  .begin = transfer.position,
                                  .end = transfer.last,
                                  .is_resident = transfer.is_resident && is_sliced_};
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
      live_until(transfer.position, transfer.value);
      std::size_t& stored = stored_[buffer_of(graph_, range_, transfer.value)];
      stored = std::max(stored, transfer.position);
    }
  }

  /// Uses of a view are uses of the buffer that it is a view of.
  void live_until(std::size_t position, std::size_t value) {
    GroupBuffer& buffer = buffers_.at(buffer_of(graph_, range_, value));
    buffer.end = std::max(buffer.end, position);
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
  std::vector<GroupBuffer> buffers_;  ///< per value
  std::vector<bool> exists_;          ///< per value: has a buffer of its own
  std::vector<std::size_t> stored_;   ///< per value: position of its last store, 0 without one
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
  const std::size_t span = is_sliced ? rows : 3 * rows;
  const Lifetimes lifetimes(rows, is_sliced);
  std::vector<std::int64_t> live(span, 0);
  for (const GroupBuffer& buffer : buffers) {
    const std::int64_t bytes = buffer.bytes * buffer.copies;
    if (lifetimes.is_everywhere(buffer)) {
      for (std::int64_t& row : live)
        row += bytes;
      continue;
    }
    for (std::size_t position = buffer.begin; position <= buffer.end; ++position)
      live[position % span] += bytes;
  }
  return live.empty() ? 0 : *std::max_element(live.begin(), live.end());
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
      if (operand == GroupOp::kImmediate || operands.size() == 3) continue;
      operands.push_back(first[buffer_of(graph, range, operand)]);
    }
    conflicts.push_back(bank_conflicts(chip, first[op.result], operands));
  }
  return conflicts;
}

}  // namespace tpuscope
