// Lowering of groups of several ops: see lower_group.h.

#include "sim/lower_group.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "graph/check.h"
#include "sim/cost.h"
#include "sim/group_graph.h"
#include "sim/local_memory.h"
#include "sim/tiling.h"

namespace tpuscope {
namespace {

std::uint32_t narrowed(std::int64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::int64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

std::array<std::uint32_t, 4> shape_of(const LocalShape& shape) {
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

  std::vector<Command> commands() {
    const std::int64_t slices = product_of(group_.secs);
    regions_.resize(kStages);
    for (std::int64_t iteration = 0; iteration < slices + std::int64_t{kStages} - 1; ++iteration) {
      // Stage s works on slice iteration - s: what stage s - 1 worked on before.
      std::rotate(regions_.begin(), regions_.end() - 1, regions_.end());
      if (iteration < slices) {
        const bool has_work = slice_regions(values_, range_, chip_, group_.secs,
                                            slice_position(group_.secs, iteration), regions_[0]);
        TPU_CHECK(has_work, "slice {} of a group has nothing to do", iteration);
      }
      for (std::size_t row = 0; row < group_.rows.size(); ++row)
        lower_row(row, iteration, slices);
    }
    return std::move(commands_);
  }

 private:
  static constexpr std::size_t kStages = 3;

  void lower_row(std::size_t row, std::int64_t iteration, std::int64_t slices) {
    barrier_ = last_;
    row_ = row;
    const TimestepRow& items = group_.rows[row];
    const auto slice_of = [&](std::size_t stage) {
      const std::int64_t slice = iteration - static_cast<std::int64_t>(stage);
      return slice >= 0 && slice < slices ? slice : -1;
    };
    for (const RowTransfer& load : items.loads) {
      const std::int64_t slice = slice_of(load.stage);
      if (slice < 0 || (load.is_held && slice > 0)) continue;
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

  std::uint32_t part_of(std::size_t value, const Region& region) {
    return parts_.part(values_.values[value].value, values_.values[value].type.shape, region);
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
                    .shape = shape_of(placement.shape)};
    if (is_load) {
      command.op = values_.ops[entry.users.front()].op.index;
      command.result = place_of(value, item.is_held ? 0 : slice, placement.bytes);
      command.result_part = part_of(value, region);
    } else {
      command.op = entry.value.op.index;
      command.operand_count = 1;
      command.operands[0] = place_of(value, slice, placement.bytes);
      command.operand_parts[0] = part_of(value, region);
    }
    push(command);
  }

  void compute(std::size_t index, std::int64_t slice) {
    const GroupOp& op = values_.ops[index];
    const SliceRegions& regions = regions_[1];
    const Region& region = regions.needed[op.result];
    Command command{.engine = Engine::kBdc, .op = op.op.index, .slice = narrowed(slice)};
    std::vector<Region> operands;
    for (std::size_t o = 0; o < op.operands.size(); ++o) {
      const std::size_t value = op.operands[o];
      if (value == GroupOp::kImmediate) {
        operands.emplace_back();
        continue;
      }
      operands.push_back(input_region(*op.def, op.view, o, region));
      if (command.operand_count == command.operands.size()) continue;
      const Placement placement =
          group_placement(chip_, values_, range_, value, extents_of(regions.needed[value]));
      const LocalBuffer* buffer = buffers_[buffer_of(values_, range_, value)];
      command.operand_parts[command.operand_count] = part_of(value, regions.needed[value]);
      command.operands[command.operand_count++] =
          place_of(value, buffer != nullptr && buffer->is_held ? 0 : slice, placement.bytes);
    }
    const Placement made = group_placement(chip_, values_, range_, op.result, extents_of(region));
    const LocalRange result = place_of(op.result, slice, made.bytes);
    const LocalBuffer* space = scratch_[index];
    const LocalRange scratch = space == nullptr ? result : space->places.front();
    const std::int64_t conflicts = std::min<std::int64_t>(
        2, bank_conflicts(chip_, result, {command.operands.data(), command.operand_count}));
    std::vector<Command> commands;
    for (const PlacedStep& step : group_steps(chip_, op, group_.type, operands, region)) {
      command.dtype = step.type;
      for (const BdcCost& cost :
           bdc_costs(chip_, step.step, step.type, step.alignment, conflicts)) {
        command.kind = cost.kind;
        command.cost = cost.cost;
        command.useful_ops = cost.useful_ops;
        command.issued_ops = cost.issued_ops;
        command.shape = shape_of(cost.shape);
        command.result = scratch;
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
