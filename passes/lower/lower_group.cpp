// Lowering of groups of several ops: see lower_group.h.

#include "passes/lower/lower_group.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/check.h"
#include "passes/tiling/group_graph.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/cost.h"
#include "sim/cost/local_memory.h"
#include "sim/program/narrowed.h"

namespace tpuscope {
namespace {

std::array<std::uint32_t, 4> shape_of_lower_group(const LocalShape& shape) {
  return {narrowed(shape.n), narrowed(shape.c), narrowed(shape.h), narrowed(shape.w)};
}

class GroupLowering {
 public:
  GroupLowering(const Graph& graph, const Chip& chip, const Group& group, PartTable& parts)
      : chip_(chip),
        group_(group),
        parts_(parts),
        values_(group_graph(graph, group.ops)),
        range_{0, values_.ops.size() - 1, group.type} {
    for (std::size_t i = 0; i < values_.ops.size(); ++i)
      op_index_[values_.ops[i].op] = i;
    for (std::size_t i = 0; i < values_.values.size(); ++i)
      value_index_[values_.values[i].value] = i;
    buffers_.assign(values_.values.size(), nullptr);
    scratch_.assign(values_.ops.size(), nullptr);
    for (const LocalBuffer& buffer : group.buffers) {
      const std::size_t value = value_index_.at(buffer.value);
      if (buffer.kind == BufferKind::kScratch) {
        scratch_[values_.values[value].producer] = &buffer;
      } else {
        buffers_[value] = &buffer;
      }
    }
  }

  /// Each core takes a range of neighbouring slices.
  std::vector<Command> commands() {
    const std::int64_t slices = product_of(group_.secs);
    const std::int64_t cores = std::min(group_.cores, slices);
    for (std::int64_t core = 0; core < cores; ++core) {
      core_ = static_cast<std::uint8_t>(core);
      last_.fill(0);
      awaited_.fill(0);
      pipeline(core * slices / cores, (core + 1) * slices / cores);
    }
    return std::move(commands_);
  }

 private:
  static constexpr std::size_t kStages = 3;

  void pipeline(std::int64_t begin, std::int64_t end) {
    regions_.assign(kStages, {});
    for (std::int64_t iteration = 0; iteration < end - begin + std::int64_t{kStages} - 1;
         ++iteration) {
      // Stage s works on slice iteration - s: what stage s - 1 worked on before.
      std::rotate(regions_.begin(), regions_.end() - 1, regions_.end());
      const std::int64_t slice = begin + iteration;
      if (slice < end) {
        const bool has_work = slice_regions(values_, range_, chip_, group_.secs,
                                            slice_position(group_.secs, slice), regions_[0]);
        TPU_CHECK(has_work, "slice {} of a group has nothing to do", slice);
      }
      for (std::size_t row = 0; row < group_.rows.size(); ++row)
        lower_row(row, slice, begin, end);
    }
  }

  /// `newest` is the slice of stage 0.
  void lower_row(std::size_t row, std::int64_t newest, std::int64_t begin, std::int64_t end) {
    barrier_ = last_;
    row_ = row;
    const TimestepRow& items = group_.rows[row];
    const auto slice_of = [&](std::size_t stage) {
      const std::int64_t slice = newest - static_cast<std::int64_t>(stage);
      return slice >= begin && slice < end ? slice : -1;
    };
    for (const RowTransfer& load : items.loads) {
      const std::int64_t slice = slice_of(load.stage);
      if (slice < 0 || (load.is_held && slice > begin)) continue;
      transfer(load, slice, true);
    }
    if (slice_of(1) >= 0) {
      for (const OpId op : items.computes)
        compute(op_index_.at(op), slice_of(1));
    }
    for (const RowTransfer& store : items.stores) {
      const std::int64_t slice = slice_of(store.stage);
      if (slice >= 0) transfer(store, slice, false);
    }
  }

  /// The engines meet between rows: the first command of a row waits for all that the other engine
  /// was given before.
  void push(Command command) {
    const auto own = static_cast<std::size_t>(command.engine);
    const std::size_t other = 1 - own;
    command.timestep = narrowed(static_cast<std::int64_t>(row_));
    command.core = core_;
    if (barrier_[other] > awaited_[own]) {
      command.wait_id = barrier_[other];
      awaited_[own] = barrier_[other];
    }
    command.id = ++last_[own];
    commands_.push_back(command);
  }

  LocalRange place_of(std::size_t value, std::int64_t slice, std::int64_t bytes) const {
    const LocalBuffer* buffer = buffers_[buffer_of(values_, range_, value)];
    TPU_CHECK(buffer != nullptr && !buffer->places.empty(), "a value of a group has no place");
    const auto count = static_cast<std::int64_t>(buffer->places.size());
    const LocalRange place = buffer->places[static_cast<std::size_t>(slice % count)];
    TPU_CHECK(bytes <= std::int64_t{place.bytes}, "{} bytes in a place of {}", bytes, place.bytes);
    return {place.address, narrowed(bytes)};
  }

  /// The first op that works on a loaded value, be it through views: those have no commands, and
  /// what only leaves the group through them is no reader.
  std::optional<OpId> first_reader(std::size_t value) const {
    for (const std::size_t user : values_.values[value].users) {
      const GroupOp& op = values_.ops[user];
      const std::optional<OpId> reader = op.is_view ? first_reader(op.result) : op.op;
      if (reader) return reader;
    }
    return std::nullopt;
  }

  OpId reader_of(std::size_t value) const {
    const std::optional<OpId> reader = first_reader(value);
    TPU_CHECK(reader.has_value(), "a group loads a value that nothing in it reads");
    return *reader;
  }

  /// Of a view, the part of what it is a view of: the same elements.
  std::uint32_t part_of(std::size_t value, const Region& region) {
    const Value held = values_.values[buffer_of(values_, range_, value)].value;
    return parts_.part(held, values_.values[value].type.shape, region);
  }

  void transfer(const RowTransfer& item, std::int64_t slice, bool is_load) {
    const std::size_t value = value_index_.at(item.value);
    const GroupValue& entry = values_.values[value];
    const SliceRegions& regions = regions_[item.stage];
    const Region& region = is_load ? regions.needed[value] : regions.stored[value];
    const Placement placement = group_placement(chip_, values_, range_, value, extents_of(region));
    const Direction direction = is_load ? Direction::kDdrToLocal : Direction::kLocalToDdr;
    const GdmaCost cost = gdma_cost(chip_, transfer_of(direction, region, entry.type, placement));
    Command command{.kind = !is_load          ? CommandKind::kStore
                            : entry.is_weight ? CommandKind::kLoadWeight
                                              : CommandKind::kLoad,
                    .engine = Engine::kGdma,
                    .direction = direction,
                    .dtype = entry.type.dtype,
                    .slice = narrowed(slice),
                    .cost = cost.cost,
                    .bytes = cost.bytes,
                    .ddr_read = cost.ddr_read,
                    .ddr_write = cost.ddr_write,
                    .shape = shape_of_lower_group(placement.shape)};
    if (is_load) {
      command.op = reader_of(value).index;
      command.result = place_of(value, item.is_held ? 0 : slice, placement.bytes);
      command.result_part = part_of(value, region);
    } else {
      command.op = values_.values[buffer_of(values_, range_, value)].value.op.index;
      command.operand_count = 1;
      const std::size_t held = buffer_of(values_, range_, value);
      const Placement lies = held == value ? placement
                                           : group_placement(chip_, values_, range_, held,
                                                             extents_of(regions.needed[held]));
      command.operands[0] = place_of(held, slice, lies.bytes);
      command.operand_parts[0] = part_of(value, region);
    }
    push(command);
  }

  /// What an instruction reads: as many operands as a command names.
  struct Reads {
    std::vector<LocalRange> ranges{};
    std::vector<std::uint32_t> parts{};

    /// Operands beyond those that one instruction names are read by the next ones.
    void give(Command& command, std::size_t instruction) const {
      const std::size_t width = command.operands.size();
      const std::size_t windows = (ranges.size() + width - 1) / width;
      if (windows == 0) return;
      const std::size_t begin = instruction % windows * width;
      const std::size_t count = std::min(width, ranges.size() - begin);
      command.operand_count = static_cast<std::uint8_t>(count);
      for (std::size_t i = 0; i < count; ++i) {
        command.operands[i] = ranges[begin + i];
        command.operand_parts[i] = parts[begin + i];
      }
    }
  };

  void compute(std::size_t index, std::int64_t slice) {
    const GroupOp& op = values_.ops[index];
    const SliceRegions& regions = regions_[1];
    const Region& region = regions.needed[op.result];
    std::vector<Region> operands;
    Reads reads;
    for (std::size_t o = 0; o < op.operands.size(); ++o) {
      const std::size_t value = op.operands[o];
      if (value == GroupOp::kImmediate) {
        operands.emplace_back();
        continue;
      }
      operands.push_back(input_region(*op.def, op.view, o, region));
      // A view is read where and as what it is a view of lies.
      const std::size_t held = buffer_of(values_, range_, value);
      const Placement placement =
          group_placement(chip_, values_, range_, held, extents_of(regions.needed[held]));
      const LocalBuffer* buffer = buffers_[held];
      reads.parts.push_back(part_of(held, regions.needed[held]));
      reads.ranges.push_back(
          place_of(held, buffer != nullptr && buffer->is_held ? 0 : slice, placement.bytes));
    }
    const Placement made = group_placement(chip_, values_, range_, op.result, extents_of(region));
    const LocalRange result = place_of(op.result, slice, made.bytes);
    const LocalBuffer* space = scratch_[index];
    const LocalRange scratch = space == nullptr ? result : space->places.front();
    const std::size_t counted = std::min(reads.ranges.size(), Command{}.operands.size());
    const std::int64_t conflicts =
        std::min<std::int64_t>(2, bank_conflicts(chip_, result, {reads.ranges.data(), counted}));
    std::vector<Command> commands;
    for (const PlacedStep& step : group_steps(chip_, op, group_.type, operands, region)) {
      for (const BdcCost& cost :
           bdc_costs(chip_, step.step, step.type, step.alignment, conflicts)) {
        Command command{.kind = cost.kind,
                        .engine = Engine::kBdc,
                        .dtype = step.type,
                        .op = op.op.index,
                        .slice = narrowed(slice),
                        .cost = cost.cost,
                        .useful_ops = cost.useful_ops,
                        .issued_ops = cost.issued_ops,
                        .shape = shape_of_lower_group(cost.shape),
                        .result = scratch};
        reads.give(command, commands.size());
        commands.push_back(command);
      }
    }
    if (commands.empty()) return;
    commands.back().result = result;
    commands.back().result_part = part_of(op.result, region);
    for (const Command& ready : commands)
      push(ready);
  }

  const Chip& chip_;
  const Group& group_;
  PartTable& parts_;
  GroupGraph values_;
  GroupRange range_;
  std::map<OpId, std::size_t> op_index_{};
  std::map<Value, std::size_t> value_index_{};
  std::vector<const LocalBuffer*> buffers_{};
  std::vector<const LocalBuffer*> scratch_{};
  std::vector<SliceRegions> regions_{};  ///< per stage
  std::vector<Command> commands_{};
  std::size_t row_ = 0;
  std::uint8_t core_ = 0;
  std::array<std::uint32_t, kEngineCount> last_{};
  std::array<std::uint32_t, kEngineCount> barrier_{};
  std::array<std::uint32_t, kEngineCount> awaited_{};
};

}  // namespace

std::vector<Command> group_commands(const Graph& graph, const Chip& chip, const Group& group,
                                    PartTable& parts) {
  return GroupLowering(graph, chip, group, parts).commands();
}

}  // namespace tpuscope
