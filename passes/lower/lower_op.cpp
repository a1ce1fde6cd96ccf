// Tiles are dealt out to the chip's cores in ranges; each core runs a pipeline of its own. Slices
// flow through three stages, load(i + 1) beside compute(i) beside store(i - 1).

#include "passes/lower/lower_op.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "passes/lower/command_of.h"
#include "passes/lower/kernel.h"
#include "passes/lower/op_stream.h"
#include "passes/tiling/movement.h"
#include "passes/tiling/partial.h"
#include "sim/cost/cost.h"
#include "sim/cost/local_memory.h"

namespace tpuscope {
namespace {

/// The buffers of one tensor and what is in them.
struct Slot {
  struct Buffer {
    LocalRange range{};
    Region region{};  ///< what is in it
    bool is_filled = false;
    std::uint32_t part = kNone;   ///< what `region` is to the stream
    std::uint32_t filled_by = 0;  ///< GDMA id of the load
    std::uint32_t read_by = 0;    ///< id of the last reader: BDC of an operand, GDMA of a result
  };
  std::vector<Buffer> buffers{};
  std::size_t in_use = 0;  ///< by the tile that was loaded last, which may not have been computed
};

Slot slot_of(const LocalBuffer& buffer) {
  Slot slot;
  for (const LocalRange& range : buffer.ranges)
    slot.buffers.push_back({.range = range});
  return slot;
}

/// Commands of a single op's tiles.
class TileLowering {
 public:
  TileLowering(const Chip& chip, const OpForm& form, const OperandKinds& kinds,
               const SingleOp& alone, std::int64_t cores, std::size_t most, PartTable& table)
      : chip_(chip),
        form_(form),
        kinds_(kinds),
        most_(most),
        tiles_(tiles_of(form, alone.loops)),
        pieces_(static_cast<std::size_t>(alone.pieces)),
        sweeps_(static_cast<std::size_t>(alone.sweeps)),
        cores_(cores),
        stream_(table) {
    for (std::int64_t piece = 0; piece < alone.pieces; ++piece)
      piece_forms_.push_back(piece_of(form, alone.pieces, piece));
    const std::optional<FoldRange>& fold = piece_forms_.front().fold;
    stores_pieces_ = fold && fold->result_axis;
    TPU_CHECK(alone.operands.size() == form.view.inputs.size() &&
                  alone.results.size() == form.view.results.size(),
              "{} and {} buffers for an op's operands and results", alone.operands.size(),
              alone.results.size());
    if (!alone.loops.empty() && alone.loops.front().restarts)
      restart_tiles_ = tiles_.size() / alone.loops.front().count;
    call_tiles_ = tiles_.size() / static_cast<std::size_t>(calls_of(alone.loops));
    for (const LocalBuffer& buffer : alone.operands)
      operands_.push_back(slot_of(buffer));
    for (const LocalBuffer& buffer : alone.results)
      results_.push_back(slot_of(buffer));
    if (!alone.scratch.ranges.empty()) scratch_ = alone.scratch.ranges.front();
  }

  /// Each core takes a range of neighbouring tiles, so that the outermost loop is what is split.
  LoweredOp lowered() {
    const std::size_t count = tiles_.size();
    const std::size_t cores = std::min(static_cast<std::size_t>(cores_), count);
    const std::vector<Slot> operands = operands_;
    const std::vector<Slot> results = results_;
    for (std::size_t core = 0; core < cores; ++core) {
      stream_.set_core(core);
      operands_ = operands;  // a local memory of its own, with nothing in it
      results_ = results;
      calls(core * count / cores, (core + 1) * count / cores);
    }
    return stream_.take();
  }

 private:
  /// Tiles [begin, end) on one core, call by call.
  void calls(std::size_t begin, std::size_t end) {
    while (begin < end) {
      const std::size_t next = std::min(end, (begin / call_tiles_ + 1) * call_tiles_);
      pipeline(begin * tile_stages(), next * tile_stages());
      begin = next;
    }
  }

  /// Stages [begin, end) on one core, or as many of them as there may be commands for.
  void pipeline(std::size_t begin, std::size_t end) {
    first_stage_ = begin;
    std::array<Pending, 3> pending;
    const auto at = [&](std::size_t stage) -> Pending& { return pending[stage % pending.size()]; };
    for (std::size_t step = begin; step < end + 2 && stream_.size() <= most_; ++step) {
      // A tile leaves before the one that takes its buffers arrives, as in the vendor's kernels.
      if (step >= begin + 2 && makes_result(step - 2)) store(step - 2, at(step - 2));
      if (step < end) load(step, at(step) = {});
      if (step >= begin + 1 && step - 1 < end) compute(step - 1, at(step - 1));
    }
  }

  // A stage is one piece of one tile in one sweep; most tiles have one piece and one sweep.
  std::size_t tile_stages() const { return sweeps_ * pieces_; }
  std::size_t tile_at(std::size_t stage) const { return stage / tile_stages(); }
  std::size_t sweep_at(std::size_t stage) const { return stage % tile_stages() / pieces_; }
  const OpForm& form_at(std::size_t stage) const { return piece_forms_[stage % pieces_]; }
  bool is_first_piece(std::size_t stage) const { return stage % pieces_ == 0; }
  bool is_last_piece(std::size_t stage) const { return (stage + 1) % pieces_ == 0; }
  /// Whether results, or a piece of them, are complete after the stage.
  bool makes_result(std::size_t stage) const {
    return sweep_at(stage) + 1 == sweeps_ && (stores_pieces_ || is_last_piece(stage));
  }
  PiecePlace place_of(std::size_t stage) const {
    return {static_cast<std::int64_t>(sweep_at(stage)), is_first_piece(stage),
            is_last_piece(stage)};
  }

  /// A tile's piece between its stages.
  struct Pending {
    Tile tile{};
    TilePlacement placement{};
    std::vector<std::size_t> operand_buffer{};
    std::size_t result_buffer = 0;
    std::vector<std::uint32_t> result_parts{};
    std::uint32_t computed_by = 0;
  };

  /// The command without what its stage adds.
  Command transfer_for(CommandKind kind, const Transfer& transfer, std::size_t stage, DType type,
                       const Placement& placement) const {
    const GdmaCost cost = gdma_cost(chip_, transfer);
    Command command = transfer_command(kind, transfer.direction, type, cost);
    command.slice = static_cast<std::uint32_t>(tile_at(stage));
    command.shape = command_shape(chip_, placement.shape, placement.alignment);
    return command;
  }

  void load(std::size_t stage, Pending& pending) {
    pending.tile = tile_of(form_at(stage), tiles_[tile_at(stage)]);
    pending.placement = place(chip_, form_at(stage), pending.tile);
    pending.operand_buffer.resize(operands_.size());
    if (stage % tile_stages() == 0) {
      if (restarts_at(stage)) forget_operands(0);
      if (form_.reloads_bias) forget_operands(2);
    }
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (!operands_[o].buffers.empty())
        pending.operand_buffer[o] = load_operand(o, stage, pending);
    }
  }

  bool restarts_at(std::size_t stage) const {
    return restart_tiles_ > 0 && tile_at(stage) % restart_tiles_ == 0;
  }

  /// What is in the buffers of operands from `first` on is not used again.
  void forget_operands(std::size_t first) {
    for (std::size_t o = first; o < operands_.size(); ++o) {
      for (Slot::Buffer& buffer : operands_[o].buffers)
        buffer.region.clear();
    }
  }

  /// The buffer that has the operand's part: the one that it is in already, or the one into which
  /// it is loaded.
  std::size_t load_operand(std::size_t o, std::size_t stage, const Pending& pending) {
    Slot& slot = operands_[o];
    const Region& region = pending.tile.operands[o];
    const auto loaded = std::find_if(
        slot.buffers.begin(), slot.buffers.end(),
        [&](const Slot::Buffer& buffer) { return buffer.is_filled && buffer.region == region; });
    if (loaded != slot.buffers.end()) {
      slot.in_use = static_cast<std::size_t>(loaded - slot.buffers.begin());
      return slot.in_use;
    }
    // The tile before still needs its buffer, whichever that is.
    if (slot.buffers.front().is_filled) slot.in_use = (slot.in_use + 1) % slot.buffers.size();
    Slot::Buffer& target = slot.buffers[slot.in_use];
    const TensorType& type = form_.view.input(o);
    const Placement& placement = pending.placement.operands[o];
    Command command =
        transfer_for(kinds_.weight[o] ? CommandKind::kLoadWeight : CommandKind::kLoad,
                     load_of(form_, kinds_, o, region, placement), stage, type.dtype, placement);
    command.timestep = 0;
    command.wait_id = target.read_by;
    command.result = {target.range.address, narrowed(placement.bytes)};
    TPU_CHECK(command.result.bytes <= target.range.bytes, "a tile of {} bytes in a buffer of {}",
              command.result.bytes, target.range.bytes);
    target.part = stream_.operand_part(o, type.shape, region);
    command.result_part = target.part;
    target.filled_by = stream_.push(command);
    target.region = region;
    target.is_filled = true;
    return slot.in_use;
  }

  void compute(std::size_t stage, Pending& pending) {
    const std::size_t turn = stores_pieces_ ? stage : tile_at(stage);
    pending.result_buffer = turn % results_.front().buffers.size();
    const OperandReads reads = reads_of(pending);
    std::vector<Command> commands = instructions(stage, pending, reads);
    TPU_CHECK(commands.empty() || commands.size() >= reads.windows(),
              "{} instructions cannot read all operands", commands.size());
    for (std::size_t r = 0; r < results_.size(); ++r) {
      pending.result_parts.push_back(
          stream_.result_part(r, form_.view.result(r).shape, pending.tile.results[r]));
    }
    if (!commands.empty() && makes_result(stage)) write_results(pending, commands.back());
    for (const Command& ready : commands)
      pending.computed_by = stream_.push(ready);
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (operands_[o].buffers.empty()) continue;
      operands_[o].buffers[pending.operand_buffer[o]].read_by = pending.computed_by;
    }
  }

  OperandReads reads_of(const Pending& pending) const {
    OperandReads reads;
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (operands_[o].buffers.empty()) continue;
      const Slot::Buffer& buffer = operands_[o].buffers[pending.operand_buffer[o]];
      reads.add({buffer.range.address, narrowed(pending.placement.operands[o].bytes)}, buffer.part);
    }
    return reads;
  }

  /// Id of the last transfer that must have ended: the loads of the operands, and the stores that
  /// read the result's buffers before.
  std::uint32_t awaited_by(const Pending& pending) const {
    std::uint32_t awaited = 0;
    for (std::size_t o = 0; o < operands_.size(); ++o) {
      if (operands_[o].buffers.empty()) continue;
      awaited = std::max(awaited, operands_[o].buffers[pending.operand_buffer[o]].filled_by);
    }
    for (const Slot& slot : results_)
      awaited = std::max(awaited, slot.buffers[pending.result_buffer].read_by);
    return awaited;
  }

  /// Instructions of a stage. Only the first waits; all write working space but the last of a step
  /// that makes the result.
  std::vector<Command> instructions(std::size_t stage, const Pending& pending,
                                    const OperandReads& reads) const {
    const LocalRange result = result_range(0, pending);
    const std::int64_t conflicts = bank_conflicts(chip_, result, reads.first_ranges());
    Command command{.engine = Engine::kBdc,
                    .wait_id = awaited_by(pending),
                    .slice = static_cast<std::uint32_t>(tile_at(stage)),
                    .timestep = 1,
                    .result = scratch_.bytes > 0 ? scratch_ : result};
    reads.give(command, 0);
    std::vector<Command> commands;
    const auto append = [&](const PlannedInstruction& instruction) {
      set_instruction(command, instruction);
      for (std::int64_t i = 0; i < instruction.count; ++i) {
        commands.push_back(command);
        command.wait_id = 0;
        if (commands.size() < reads.windows()) reads.give(command, commands.size());
      }
    };
    if (pieces_ == 1) {
      std::vector<StepInstruction> sequence =
          sequence_of(chip_, steps_of(form_, pending.tile), conflicts);
      keep_first(stage > first_stage_ && !restarts_at(stage), sequence);
      for (const StepInstruction& next : sequence)
        append(next.instruction);
      return commands;
    }
    for (const PieceStep& piece : piece_steps(form_at(stage), pending.tile, place_of(stage))) {
      read_so_far(piece, result, command);
      for (const PlannedInstruction& instruction : instructions_of(chip_, piece.placed, conflicts))
        append(instruction);
      if (piece.writes_result && !commands.empty()) commands.back().result = result;
    }
    return commands;
  }

  /// Joining reads the piece's fold in working space, and the result so far, in its own place or
  /// there too.
  void read_so_far(const PieceStep& piece, const LocalRange& result, Command& command) const {
    if (!piece.is_join) return;
    OperandReads reads;
    if (piece.writes_result && result.bytes > 0) reads.add(result, kNone);
    reads.add(scratch_, kNone);
    reads.give(command, 0);
  }

  /// The last instruction of a tile makes its results.
  void write_results(const Pending& pending, Command& last) const {
    last.result = result_range(0, pending);
    last.result_part = pending.result_parts[0];
    if (results_.size() == 1) return;
    last.second_result = result_range(1, pending);
    last.second_part = pending.result_parts[1];
  }

  /// What serves all tiles, as the filter with which a folded convolution shifts rows, is made
  /// before the first, and is there for the others.
  static void keep_first(bool is_there, std::vector<StepInstruction>& sequence) {
    const auto is_kept = [](const StepInstruction& next) { return next.instruction.is_kept; };
    if (is_there) {
      std::erase_if(sequence, is_kept);
    } else {
      std::stable_partition(sequence.begin(), sequence.end(), is_kept);
    }
  }

  LocalRange result_range(std::size_t index, const Pending& pending) const {
    return {results_[index].buffers[pending.result_buffer].range.address,
            narrowed(pending.placement.results[index].bytes)};
  }

  void store(std::size_t index, Pending& pending) {
    for (std::size_t r = 0; r < results_.size(); ++r) {
      Slot::Buffer& buffer = results_[r].buffers[pending.result_buffer];
      const TensorType& type = form_.view.result(r);
      const Placement& placement = pending.placement.results[r];
      Command command = transfer_for(
          CommandKind::kStore,
          transfer_of(Direction::kLocalToDdr, pending.tile.results[r], type, placement), index,
          type.dtype, placement);
      command.timestep = 2;
      command.wait_id = pending.computed_by;
      command.operand_count = 1;
      command.operands[0] = result_range(r, pending);
      command.operand_parts[0] = pending.result_parts[r];
      command.result_part = command.operand_parts[0];
      buffer.read_by = stream_.push(command);
    }
  }

  const Chip& chip_;
  const OpForm& form_;
  const OperandKinds& kinds_;
  std::size_t most_;  ///< commands, after which no stage is begun
  std::vector<Region> tiles_;
  std::size_t pieces_;
  std::size_t sweeps_;
  bool stores_pieces_ = false;     ///< results come in the same pieces
  std::size_t first_stage_ = 0;    ///< on this core
  std::size_t call_tiles_ = 1;     ///< worked off side by side, before the next begin
  std::size_t restart_tiles_ = 0;  ///< after so many tiles operands are loaded again; 0: never
  std::int64_t cores_;
  std::vector<OpForm> piece_forms_{};
  std::vector<Slot> operands_{};
  std::vector<Slot> results_{};
  LocalRange scratch_{};
  OpStream stream_;
};

/// Between a movement's load and what follows on it.
Command reordering_command(const Move& move, DType type, OpStream& stream) {
  Command command{.engine = Engine::kBdc,
                  .operand_count = 1,
                  .wait_id = stream.last(Engine::kGdma),
                  .slice = move.slice,
                  .timestep = 1};
  set_instruction(command, *move.reorder);
  if (move.operand == 0U) command.dtype = type;  // what is turned over; indices have their own
  const std::uint32_t bytes = narrowed(move.local_bytes);
  const std::uint32_t at = narrowed(move.local_at);
  command.operands[0] = {at, bytes};
  command.result = {at + bytes, bytes};
  command.operand_parts[0] = stream.part(false, *move.operand, move.source);
  command.result_part = command.operand_parts[0];
  return command;
}

/// What a movement's transfer reads and writes. A fill may touch any element of the result, a
/// gather any of its operands.
void name_parts(const Move& move, const OpView& view, OpStream& stream, Command& command) {
  if (move.operand) {
    command.operand_parts[0] = stream.part(false, *move.operand, move.source);
    if (move.direction != Direction::kDdrToLocal)
      command.result_part = stream.part(true, 0, move.destination);
    return;
  }
  command.result_part = stream.part(true, 0, whole_box(view.result().elements()));
  const bool gathers = move.kind == CommandKind::kCopy;
  for (std::size_t i = 0; gathers && i < view.inputs.size(); ++i)
    command.operand_parts.at(i) = stream.part(false, i, whole_box(view.input(i).elements()));
}

LoweredOp movement_commands(const Chip& chip, const OpView& view, const OpDef& def,
                            PartTable& table) {
  OpStream stream(table);
  const DType type = view.result().dtype;
  std::uint8_t core = 0;
  for (const Move& move : moves_of(chip, def.movement(view), type)) {
    if (move.core != core) stream.set_core(move.core);
    core = move.core;
    if (move.reorder) {
      stream.push(reordering_command(move, type, stream));
      continue;
    }
    Command command = transfer_command(move.kind, move.direction, type, move.cost);
    command.slice = move.slice;
    command.timestep = move.kind == CommandKind::kStore ? 2U : 0U;
    command.shape = move.shape;
    if (move.is_reordered) command.wait_id = stream.last(Engine::kBdc);
    const std::uint32_t bytes = narrowed(move.local_bytes);
    const bool is_turned = move.is_reordered && move.direction == Direction::kLocalToDdr;
    const LocalRange range{is_turned ? bytes : 0, bytes};
    name_parts(move, view, stream, command);
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

}  // namespace

LoweredOp lowered_op(const Graph& graph, const Chip& chip, const SingleOp& alone,
                     std::int64_t cores, const OperandKinds& kinds, std::size_t most,
                     PartTable& table) {
  const OpDef& def = *graph[alone.op].def;
  const OpView view = graph.view(alone.op);
  if (def.layout == LayoutRule::kMovement) return movement_commands(chip, view, def, table);
  if (const Kernel* kernel = kernel_of(chip, def, view)) {
    OpStream stream(table);
    kernel->emit(chip, view, cores, stream);
    return stream.take();
  }
  const OpForm form = form_of(chip, def, view);
  return TileLowering(chip, form, kinds, alone, cores, most, table).lowered();
}

}  // namespace tpuscope
