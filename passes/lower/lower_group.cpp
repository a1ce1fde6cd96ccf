// Rows of timesteps, slice after slice.

#include "passes/lower/lower_group.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/check.h"
#include "passes/lower/command_of.h"
#include "passes/tiling/group_form.h"
#include "passes/tiling/group_graph.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/cost.h"
#include "sim/cost/local_memory.h"

namespace tpuscope {
namespace {

class GroupLowering {
 public:
  GroupLowering(const Graph& graph, const Chip& chip, const LayerGroup& group, std::int64_t cores,
                std::size_t most, PartTable& parts)
      : chip_(chip),
        group_(group),
        group_cores_(cores),
        most_(most),
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
    const std::int64_t cores = std::min(group_cores_, slices);
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
    const std::int64_t iterations = end - begin + std::int64_t{kStages} - 1;
    for (std::int64_t iteration = 0; iteration < iterations && commands_.size() <= most_;
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
      if (slice < 0 || (load.is_resident && slice > begin)) continue;
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

  /// Slices take turns in the copies of a buffer.
  LocalRange range_of(std::size_t value, std::int64_t slice, std::int64_t bytes) const {
    const LocalBuffer* buffer = buffers_[buffer_of(values_, range_, value)];
    TPU_CHECK(buffer != nullptr && !buffer->ranges.empty(), "a value of a group has no buffer");
    const auto copies = static_cast<std::int64_t>(buffer->ranges.size());
    const LocalRange range = buffer->ranges[static_cast<std::size_t>(slice % copies)];
    TPU_CHECK(bytes <= std::int64_t{range.bytes}, "{} bytes in a buffer of {}", bytes, range.bytes);
    return {range.address, narrowed(bytes)};
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
    const Value source = values_.values[buffer_of(values_, range_, value)].value;
    return parts_.part(source, values_.values[value].type.shape, region);
  }

  void transfer(const RowTransfer& item, std::int64_t slice, bool is_load) {
    const std::size_t value = value_index_.at(item.value);
    const GroupValue& entry = values_.values[value];
    const SliceRegions& regions = regions_[item.stage];
    const Region& region = is_load ? regions.needed[value] : regions.stored[value];
    const Placement placement = group_placement(chip_, values_, range_, value, extents_of(region));
    const Direction direction = is_load ? Direction::kDdrToLocal : Direction::kLocalToDdr;
    const CommandKind kind = !is_load          ? CommandKind::kStore
                             : entry.is_weight ? CommandKind::kLoadWeight
                                               : CommandKind::kLoad;
    const GdmaCost cost =
        gdma_cost(chip_, group_transfer(values_, range_, value, region, direction, placement));
    Command command = transfer_command(kind, direction, entry.type.dtype, cost);
    command.slice = narrowed(slice);
    command.shape = command_shape(placement.shape);
    if (is_load) {
      command.op = reader_of(value).index;
      command.result = range_of(value, item.is_resident ? 0 : slice, placement.bytes);
      command.result_part = part_of(value, region);
    } else {
      const std::size_t source = buffer_of(values_, range_, value);
      command.op = values_.values[source].value.op.index;
      command.operand_count = 1;
      // A view is stored out of its source's buffer.
      const Placement& stored = source == value ? placement : placement_in(source, regions);
      command.operands[0] = range_of(source, slice, stored.bytes);
      command.operand_parts[0] = part_of(value, region);
    }
    push(command);
  }

  /// Layout of what a slice needs of a value.
  Placement placement_in(std::size_t value, const SliceRegions& regions) const {
    return group_placement(chip_, values_, range_, value, extents_of(regions.needed[value]));
  }

  void compute(std::size_t index, std::int64_t slice) {
    const GroupOp& op = values_.ops[index];
    const Region& region = regions_[1].needed[op.result];
    const OperandReads reads = reads_of(op, slice);
    const LocalRange result =
        range_of(op.result, slice, placement_in(op.result, regions_[1]).bytes);
    const LocalBuffer* space = scratch_[index];
    Command command{.engine = Engine::kBdc,
                    .op = op.op.index,
                    .slice = narrowed(slice),
                    .result = space == nullptr ? result : space->ranges.front()};
    const std::int64_t conflicts = bank_conflicts(chip_, result, reads.first_ranges());
    std::vector<Command> commands;
    OperandReads so_far;
    so_far.add(result, kNone);
    const std::vector<PlacedStep> steps =
        group_steps(chip_, op, group_.type, operands_of(op), region);
    for (const StepInstruction& next : sequence_of(chip_, steps, conflicts)) {
      // What works in place goes on with the result, whose place may have been an operand's.
      const bool goes_on = space == nullptr && steps[next.step].step.overwrites && next.step > 0;
      set_instruction(command, next.instruction);
      for (std::int64_t i = 0; i < next.instruction.count; ++i) {
        if (goes_on) {
          so_far.give(command, 0);
        } else if (reads.windows() > 0) {
          reads.give(command, commands.size() % reads.windows());
        }
        commands.push_back(command);
      }
    }
    if (commands.empty()) return;
    commands.back().result = result;
    commands.back().result_part = part_of(op.result, region);
    for (const Command& ready : commands)
      push(ready);
  }

  /// Parts of the op's operands that the slice in work needs; empty for immediates.
  std::vector<Region> operands_of(const GroupOp& op) const {
    std::vector<Region> operands;
    for (std::size_t o = 0; o < op.operands.size(); ++o) {
      const bool is_immediate = op.operands[o] == GroupOp::kImmediate;
      operands.push_back(is_immediate
                             ? Region{}
                             : input_region(*op.def, op.view, o, regions_[1].needed[op.result]));
    }
    return operands;
  }

  /// A view is read from its source's buffer, in the source's layout.
  OperandReads reads_of(const GroupOp& op, std::int64_t slice) {
    const SliceRegions& regions = regions_[1];
    OperandReads reads;
    for (const std::size_t value : op.operands) {
      if (value == GroupOp::kImmediate) continue;
      const std::size_t source = buffer_of(values_, range_, value);
      const LocalBuffer* buffer = buffers_[source];
      const bool is_resident = buffer != nullptr && buffer->is_resident;
      const std::uint32_t part = part_of(source, regions.needed[source]);
      reads.add(range_of(source, is_resident ? 0 : slice, placement_in(source, regions).bytes),
                part);
    }
    return reads;
  }

  const Chip& chip_;
  const LayerGroup& group_;
  std::int64_t group_cores_;
  std::size_t most_;  ///< commands, after which no slice is begun
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

std::vector<Command> group_commands(const Graph& graph, const Chip& chip, const LayerGroup& group,
                                    std::int64_t cores, std::size_t most, PartTable& parts) {
  return GroupLowering(graph, chip, group, cores, most, parts).commands();
}

}  // namespace tpuscope
