// Lowering of plans to commands: see lower.h.

#include "passes/lower/lower.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/lower/lower_group.h"
#include "passes/lower/overlap_groups.h"
#include "passes/lower/program_appender.h"
#include "passes/tiling/movement.h"
#include "passes/tiling/op_signature.h"
#include "passes/tiling/partial.h"
#include "passes/tiling/tiling.h"
#include "sim/cost/cost.h"
#include "sim/cost/local_memory.h"
#include "sim/program/narrowed.h"
#include "sim/program/part_table.h"

namespace tpuscope {
namespace {

/// A part of an op's operand or result, whichever op that is.
struct OpPart {
  bool is_result = false;
  std::uint32_t index = 0;  ///< of the operand or result
  std::uint32_t box = 0;
};

/// What equal groups share: commands with ids counted from 1 and parts counted from 0.
struct Lowered {
  std::vector<Command> commands{};
  std::vector<OpPart> parts{};
};

/// Builds one.
class Stream {
 public:
  explicit Stream(PartTable& table) : table_(table) {}

  std::uint32_t operand_part(std::size_t index, const Shape& shape, const Region& region) {
    return part(false, index, box_of(shape, region));
  }
  std::uint32_t result_part(std::size_t index, const Shape& shape, const Region& region) {
    return part(true, index, box_of(shape, region));
  }
  std::uint32_t part(bool is_result, std::size_t index, const ElementBox& box) {
    const OpPart part{is_result, static_cast<std::uint32_t>(index), table_.box(box)};
    const std::uint64_t key =
        (std::uint64_t{2 * part.index + (is_result ? 1 : 0)} << 32U) | part.box;
    const auto [at, is_new] =
        known_.emplace(key, static_cast<std::uint32_t>(lowered_.parts.size()));
    if (is_new) lowered_.parts.push_back(part);
    return at->second;
  }

  /// The core that the next commands run on.
  void set_core(std::size_t core) {
    core_ = static_cast<std::uint8_t>(core);
    last_.fill(0);
  }

  /// Gives the command its core and id and returns the latter.
  std::uint32_t push(Command command) {
    command.core = core_;
    command.id = ++last_[static_cast<std::size_t>(command.engine)];
    lowered_.commands.push_back(command);
    return command.id;
  }
  Lowered take() { return std::move(lowered_); }

 private:
  PartTable& table_;
  Lowered lowered_{};
  std::unordered_map<std::uint64_t, std::uint32_t> known_{};
  std::array<std::uint32_t, kEngineCount> last_{};
  std::uint8_t core_ = 0;
};

/// One tensor's places and what is in them.
struct Slot {
  struct Place {
    LocalRange range{};
    Region held{};
    bool is_filled = false;
    std::uint32_t part = kNone;   ///< what `held` is to the stream
    std::uint32_t filled_by = 0;  ///< GDMA id of the load
    std::uint32_t read_by = 0;    ///< id of the last reader: BDC of an operand, GDMA of a result
  };
  std::vector<Place> places{};
  std::size_t in_use = 0;  ///< by the tile that was loaded last, which may not have been computed
};

Slot slot_of(const LocalBuffer& buffer) {
  Slot slot;
  for (const LocalRange& range : buffer.places)
    slot.places.push_back({.range = range});
  return slot;
}

/// Commands of a single op's tiles.
class TileLowering {
 public:
  TileLowering(const Chip& chip, const OpForm& form, const OperandKinds& kinds, const Group& group,
               PartTable& table)
      : chip_(chip),
        form_(form),
        kinds_(kinds),
        tiles_(tiles_of(form, group.loops)),
        pieces_(static_cast<std::size_t>(group.pieces)),
        cores_(group.cores),
        stream_(table) {
    for (std::int64_t piece = 0; piece < group.pieces; ++piece)
      piece_forms_.push_back(piece_of(form, group.pieces, piece));
    const std::size_t operands = form.view.inputs.size();
    const std::size_t results = form.view.results.size();
    TPU_CHECK(group.buffers.size() == operands + results + 1, "group of one has {} buffers",
              group.buffers.size());
    for (std::size_t i = 0; i < operands; ++i)
      operands_.push_back(slot_of(group.buffers[i]));
    for (std::size_t i = 0; i < results; ++i) {
      results_.push_back(slot_of(group.buffers[operands + i]));
    }
    const auto& scratch = group.buffers.back().places;
    if (!scratch.empty()) scratch_ = scratch.front();
  }

  /// Each core takes a range of neighbouring tiles, so that the outermost loop is what is split.
  Lowered lowered() {
    const std::size_t count = tiles_.size();
    const std::size_t cores = std::min(static_cast<std::size_t>(cores_), count);
    const std::vector<Slot> operands = operands_;
    const std::vector<Slot> results = results_;
    for (std::size_t core = 0; core < cores; ++core) {
      stream_.set_core(core);
      operands_ = operands;  // a local memory of its own, with nothing in it
      results_ = results;
      pipeline(core * count / cores * pieces_, (core + 1) * count / cores * pieces_);
    }
    return stream_.take();
  }

 private:
  /// Stages [begin, end) on one core.
  void pipeline(std::size_t begin, std::size_t end) {
    std::vector<Pending> pending(end - begin);
    for (std::size_t step = begin; step < end + 2; ++step) {
      if (step < end) load(step, pending[step - begin]);
      if (step >= begin + 1 && step - 1 < end) compute(step - 1, pending[step - 1 - begin]);
      if (step >= begin + 2 && is_last_piece(step - 2)) store(step - 2, pending[step - 2 - begin]);
    }
  }

  // A stage is one piece of one tile; most tiles have one piece.
  std::size_t tile_at(std::size_t stage) const { return stage / pieces_; }
  const OpForm& form_at(std::size_t stage) const { return piece_forms_[stage % pieces_]; }
  bool is_first_piece(std::size_t stage) const { return stage % pieces_ == 0; }
  bool is_last_piece(std::size_t stage) const { return (stage + 1) % pieces_ == 0; }

  /// A tile's piece between its stages.
  struct Pending {
    Tile tile{};
    TilePlacement placement{};
    std::vector<std::size_t> operand_place{};
    std::size_t result_place = 0;
    std::vector<std::uint32_t> result_parts{};
    std::uint32_t computed_by = 0;
  };

  /// The command without what its stage adds.
  Command transfer(CommandKind kind, Direction direction, std::size_t index, const Region& region,
                   const TensorType& type, const Placement& placement) const {
    const Transfer described = transfer_of(direction, region, type, placement);
    const GdmaCost cost = gdma_cost(chip_, described);
    return {.kind = kind,
            .engine = Engine::kGdma,
            .direction = direction,
            .dtype = type.dtype,
            .slice = static_cast<std::uint32_t>(tile_at(index)),
            .cost = cost.cost,
            .bytes = cost.bytes,
            .ddr_read = cost.ddr_read,
            .ddr_write = cost.ddr_write,
            .shape = shape_of(placement)};
  }

  std::array<std::uint32_t, 4> shape_of(const Placement& placement) const {
    return shape_of(placement.shape, placement.alignment);
  }
  /// Compact layouts deal rows out to lanes: the slots of a lane are its h.
  std::array<std::uint32_t, 4> shape_of(const LocalShape& shape, Alignment alignment) const {
    if (alignment == Alignment::kCompact && shape.c > chip_.array.lanes) {
      return {narrowed(shape.n), narrowed(chip_.array.lanes),
              narrowed(ceil_div(shape.c, chip_.array.lanes) * shape.h), narrowed(shape.w)};
    }
    return {narrowed(shape.n), narrowed(shape.c), narrowed(shape.h), narrowed(shape.w)};
  }

  void load(std::size_t index, Pending& pending) {
    pending.tile = tile_of(form_at(index), tiles_[tile_at(index)]);
    pending.placement = place(chip_, form_at(index), pending.tile);
    pending.operand_place.resize(operands_.size());
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      Slot& slot = operands_[o];
      if (slot.places.empty()) continue;
      const Region& region = pending.tile.operands[o];
      const auto held = std::find_if(
          slot.places.begin(), slot.places.end(),
          [&](const Slot::Place& place) { return place.is_filled && place.held == region; });
      if (held != slot.places.end()) {
        slot.in_use = static_cast<std::size_t>(held - slot.places.begin());
        pending.operand_place[o] = slot.in_use;
        continue;
      }
      // The tile before still needs its place, wherever that is.
      if (slot.places.front().is_filled) slot.in_use = (slot.in_use + 1) % slot.places.size();
      pending.operand_place[o] = slot.in_use;
      Slot::Place& target = slot.places[slot.in_use];
      Command command = transfer(kinds_.weight[o] ? CommandKind::kLoadWeight : CommandKind::kLoad,
                                 Direction::kDdrToLocal, index, region, form_.view.input(o),
                                 pending.placement.operands[o]);
      command.timestep = 0;
      command.wait_id = target.read_by;
      command.result = {target.range.address, narrowed(pending.placement.operands[o].bytes)};
      TPU_CHECK(command.result.bytes <= target.range.bytes, "a tile of {} bytes in a place of {}",
                command.result.bytes, target.range.bytes);
      target.part = stream_.operand_part(o, form_.view.input(o).shape, region);
      command.result_part = target.part;
      target.filled_by = stream_.push(command);
      target.held = region;
      target.is_filled = true;
    }
  }

  void compute(std::size_t index, Pending& pending) {
    Command command{
        .engine = Engine::kBdc, .slice = static_cast<std::uint32_t>(tile_at(index)), .timestep = 1};
    pending.result_place = tile_at(index) % results_.front().places.size();
    struct Read {
      LocalRange range{};
      std::uint32_t part = kNone;
    };
    std::vector<Read> reads;
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (operands_[o].places.empty()) continue;
      const Slot::Place& place = operands_[o].places[pending.operand_place[o]];
      command.wait_id = std::max(command.wait_id, place.filled_by);
      reads.push_back(
          {{place.range.address, narrowed(pending.placement.operands[o].bytes)}, place.part});
    }
    const auto read_from = [&](std::size_t first) {
      command.operand_count = 0;
      for (std::size_t i = first; i < std::min(first + command.operands.size(), reads.size());
           ++i) {
        command.operand_parts[command.operand_count] = reads[i].part;
        command.operands[command.operand_count++] = reads[i].range;
      }
    };
    read_from(0);
    for (const Slot& slot : results_) {
      command.wait_id = std::max(command.wait_id, slot.places[pending.result_place].read_by);
    }
    const LocalRange result = result_range(0, pending);
    std::vector<Command> commands;
    const std::vector<PieceStep> steps = steps_at(index, pending.tile);
    const std::int64_t conflicts = std::min<std::int64_t>(
        2, bank_conflicts(chip_, result, {command.operands.data(), command.operand_count}));
    std::size_t first = 0;
    for (const PieceStep& piece : steps) {
      const PlacedStep& step = piece.placed;
      command.dtype = step.type;
      if (piece.is_join) {
        command.operand_count = 2;
        command.operands = {result, scratch_};
        command.operand_parts = {kNone, kNone, kNone};
      }
      for (const BdcCost& cost :
           bdc_costs(chip_, step.step, step.type, step.alignment, conflicts)) {
        command.kind = cost.kind;
        command.cost = cost.cost;
        command.useful_ops = cost.useful_ops;
        command.issued_ops = cost.issued_ops;
        command.shape = shape_of(cost.shape, step.alignment);
        command.result = scratch_.bytes > 0 ? scratch_ : result;
        commands.push_back(command);
        command.wait_id = 0;
        // An instruction has three operands: what an op has beyond them, its next ones read.
        if (first + command.operands.size() < reads.size()) {
          first += command.operands.size();
          read_from(first);
        }
      }
      if (piece.writes_result && !commands.empty()) commands.back().result = result;
    }
    for (std::size_t r = 0; r < results_.size(); ++r) {
      pending.result_parts.push_back(
          stream_.result_part(r, form_.view.result(r).shape, pending.tile.results[r]));
    }
    if (!commands.empty()) {
      TPU_CHECK(first + command.operands.size() >= reads.size(), "{} instructions read {} operands",
                commands.size(), reads.size());
    }
    if (!commands.empty() && is_last_piece(index)) {
      Command& last = commands.back();
      last.result = result;
      last.result_part = pending.result_parts[0];
      if (results_.size() > 1) {
        last.second_result = result_range(1, pending);
        last.second_part = pending.result_parts[1];
      }
    }
    for (const Command& ready : commands)
      pending.computed_by = stream_.push(ready);
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (operands_[o].places.empty()) continue;
      operands_[o].places[pending.operand_place[o]].read_by = pending.computed_by;
    }
  }

  std::vector<PieceStep> steps_at(std::size_t stage, const Tile& tile) const {
    if (pieces_ > 1) {
      return piece_steps(form_at(stage), tile, is_first_piece(stage), is_last_piece(stage));
    }
    std::vector<PieceStep> steps;
    for (PlacedStep& step : steps_of(form_, tile))
      steps.push_back({.placed = std::move(step)});
    return steps;
  }

  LocalRange result_range(std::size_t index, const Pending& pending) const {
    return {results_[index].places[pending.result_place].range.address,
            narrowed(pending.placement.results[index].bytes)};
  }

  void store(std::size_t index, Pending& pending) {
    for (std::size_t r = 0; r < results_.size(); ++r) {
      Slot::Place& place = results_[r].places[pending.result_place];
      Command command =
          transfer(CommandKind::kStore, Direction::kLocalToDdr, index, pending.tile.results[r],
                   form_.view.result(r), pending.placement.results[r]);
      command.timestep = 2;
      command.wait_id = pending.computed_by;
      command.operand_count = 1;
      command.operands[0] = result_range(r, pending);
      command.operand_parts[0] = pending.result_parts[r];
      command.result_part = command.operand_parts[0];
      place.read_by = stream_.push(command);
    }
  }

  const Chip& chip_;
  const OpForm& form_;
  const OperandKinds& kinds_;
  std::vector<Region> tiles_;
  std::size_t pieces_;
  std::int64_t cores_;
  std::vector<OpForm> piece_forms_{};
  std::vector<Slot> operands_{};
  std::vector<Slot> results_{};
  LocalRange scratch_{};
  Stream stream_;
};

Lowered movement_commands(const Chip& chip, const OpView& view, const OpDef& def,
                          PartTable& table) {
  Stream stream(table);
  const DType type = view.result().dtype;
  std::uint8_t core = 0;
  for (const Move& move : moves_of(chip, def.movement(view), type)) {
    if (move.core != core) stream.set_core(move.core);
    core = move.core;
    Command command{.kind = move.kind,
                    .engine = Engine::kGdma,
                    .direction = move.direction,
                    .dtype = type,
                    .slice = move.slice,
                    .timestep = move.kind == CommandKind::kStore ? 2U : 0U,
                    .cost = move.cost.cost,
                    .bytes = move.cost.bytes,
                    .ddr_read = move.cost.ddr_read,
                    .ddr_write = move.cost.ddr_write,
                    .shape = move.shape};
    const LocalRange range{0, narrowed(move.local_bytes)};
    if (move.operand) {
      command.operand_parts[0] = stream.part(false, *move.operand, move.source);
      command.result_part = stream.part(true, 0, move.destination);
    } else {
      command.result_part = stream.part(true, 0, whole_box(view.result().elements()));
      const bool gathers = move.kind == CommandKind::kCopy;
      for (std::size_t i = 0; gathers && i < view.inputs.size(); ++i) {
        command.operand_parts.at(i) = stream.part(false, i, whole_box(view.input(i).elements()));
      }
    }
    if (move.direction == Direction::kDdrToLocal) {
      command.result = range;
      command.result_part = command.operand_parts[0];
      command.operand_parts[0] = kNone;
    }
    if (move.direction == Direction::kLocalToDdr) {
      command.operand_count = 1;
      command.operands[0] = range;
    }
    stream.push(command);
  }
  return stream.take();
}

Lowered lowered_of(const Graph& graph, const Chip& chip, const Group& group,
                   const OperandKinds& kinds, PartTable& table) {
  const OpId op = group.ops.front();
  const OpDef& def = *graph[op].def;
  const OpView view = graph.view(op);
  if (def.layout == LayoutRule::kMovement) return movement_commands(chip, view, def, table);
  const OpForm form = form_of(chip, def, view);
  return TileLowering(chip, form, kinds, group, table).lowered();
}

std::string loops_text(const Group& group) {
  std::string text;
  for (const SliceLoop& loop : group.loops) {
    text += "/" + std::to_string(loop.axis) + ":" + std::to_string(loop.extent);
  }
  if (group.pieces > 1) text += "#" + std::to_string(group.pieces);
  for (const LocalBuffer& buffer : group.buffers) {
    for (const LocalRange& place : buffer.places)
      text += "@" + std::to_string(place.address);
  }
  return text;
}

/// Commands that the group has at least: transfers and computations of each of its slices.
std::int64_t least_commands(const Group& group) {
  std::int64_t per_slice = 0;
  for (const TimestepRow& row : group.rows)
    per_slice += static_cast<std::int64_t>(row.computes.size() + row.stores.size());
  return group.slice_count() * group.pieces * per_slice;
}

/// Memory goes where a tile each of a large tensor becomes a command.
Status check_limit(const Plan& plan) {
  std::int64_t commands = 0;
  for (const Group& group : plan.groups) {
    commands += least_commands(group);
    if (commands > plan.max_commands) {
      return Error{
          .code = ErrorCode::kUnsupported,
          .message = fmt::format("the run has more than {} commands", grouped(plan.max_commands)),
          .hint = "--limit N allows more; a larger local memory needs fewer"};
    }
  }
  return Ok{};
}

}  // namespace

Result<Program> lower(const Graph& graph, const Chip& chip, const Plan& plan) {
  TPU_TRY_STATUS(check_limit(plan));
  Program program;
  program.groups = plan.groups.size();
  PartTable table(program);
  ProgramAppender appender(program, chip.array.cores);
  std::map<std::string, Lowered> known;
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const Group& group = plan.groups[g];
    if (group.ops.size() > 1) {
      appender.append(group_commands(graph, chip, group, table), g, [](Command&) {});
      continue;
    }
    const OpId op = group.ops.front();
    const OperandKinds kinds = operand_kinds(graph, op);
    const std::string key = signature_of(graph, op, kinds) + loops_text(group);
    auto found = known.find(key);
    if (found == known.end()) {
      found = known.emplace(key, lowered_of(graph, chip, group, kinds, table)).first;
    }
    const auto part_base = static_cast<std::uint32_t>(program.parts.size());
    for (const OpPart& part : found->second.parts) {
      const Value value = part.is_result ? Value{op, part.index} : graph[op].inputs[part.index];
      program.parts.push_back({value, part.box});
    }
    const auto move_part = [part_base](std::uint32_t& part) {
      if (part != kNone) part += part_base;
    };
    appender.append(found->second.commands, g, [&](Command& command) {
      move_part(command.result_part);
      move_part(command.second_part);
      for (std::uint32_t& part : command.operand_parts)
        move_part(part);
      command.op = op.index;
    });
  }
  if (plan.overlaps_groups && chip.array.cores == 1) overlap_groups(graph, plan, program);
  return program;
}

}  // namespace tpuscope
