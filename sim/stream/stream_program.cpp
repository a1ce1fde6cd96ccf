// Merging the queues of all cores, and making commands of instructions.

#include "sim/stream/stream_program.h"

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/core.h>

#include "sim/cost/instruction_cost.h"

namespace tpuscope {
namespace {

struct MergedQueue {
  Engine engine = Engine::kBdc;
  std::uint8_t core = 0;
  std::vector<HardwareCommand> commands{};
  std::size_t at = 0;
  std::uint32_t before = 0;  ///< commands of the parts before
  std::map<std::uint32_t, std::uint64_t> counted{};
};

class StreamMerger {
 public:
  StreamMerger(InstructionSet set, std::size_t cores, DecodedStream& decoded)
      : reader_(set),
        set_(set),
        decoded_(decoded),
        queues_(2 * cores),
        access_(cores, LocalAccessReader(set)) {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      queues_[i].engine = i % 2 == 0 ? Engine::kBdc : Engine::kGdma;
      queues_[i].core = static_cast<std::uint8_t>(i / 2);
    }
  }

  Status add(const std::vector<StreamBytes>& part, const std::string& where) {
    if (!decoded_.commands.empty()) {
      decoded_.rules.starts.push_back(static_cast<std::uint32_t>(decoded_.commands.size()));
    }
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      MergedQueue& queue = queues_[i];
      queue.before += static_cast<std::uint32_t>(queue.commands.size());
      queue.commands.clear();
      queue.at = 0;
      if (i / 2 >= part.size()) continue;
      const StreamBytes& bytes = part[i / 2];
      TPU_TRY(queue.commands,
              decode_stream(set_, queue.engine,
                            queue.engine == Engine::kBdc ? bytes.bdc : bytes.gdma, where));
    }
    bool moves = true;
    while (moves) {
      moves = false;
      for (std::size_t i = 0; i < queues_.size(); ++i) {
        while (can_issue(i)) {
          issue(i);
          moves = true;
        }
      }
    }
    for (const MergedQueue& queue : queues_) {
      if (queue.at < queue.commands.size()) return stuck(queue, where);
    }
    return Ok{};
  }

 private:
  bool can_issue(std::size_t index) const {
    const MergedQueue& queue = queues_[index];
    if (queue.at == queue.commands.size()) return false;
    const HardwareCommand& command = queue.commands[queue.at];
    const MergedQueue& other = queues_[index ^ 1U];
    if (std::min<std::size_t>(command.wait_id, other.commands.size()) > other.at) return false;
    const StreamMessage message = reader_.message(command, queue.engine);
    if (!message.is_wait || message.count == 0) return true;
    const auto counted = queue.counted.find(message.number);
    const auto sent = sent_.find(message.number);
    const std::uint64_t wanted =
        message.count + (counted == queue.counted.end() ? 0 : counted->second);
    return sent != sent_.end() && sent->second >= wanted;
  }

  void issue(std::size_t index) {
    MergedQueue& queue = queues_[index];
    const MergedQueue& other = queues_[index ^ 1U];
    const HardwareCommand& hardware = queue.commands[queue.at++];
    StreamCommand command{
        .engine = queue.engine, .core = queue.core, .id = queue.before + hardware.id};
    if (hardware.wait_id > 0) {
      const auto waited =
          std::min<std::size_t>(hardware.wait_id, other.commands.size()) + other.before;
      command.wait_id = static_cast<std::uint32_t>(waited);
    }
    const StreamMessage message = reader_.message(hardware, queue.engine);
    if (message.count > 0) {
      if (message.is_wait) {
        queue.counted[message.number] += message.count;
      } else {
        ++sent_[message.number];
      }
      decoded_.rules.messages.push_back(
          {.command = static_cast<std::uint32_t>(decoded_.commands.size()),
           .is_wait = message.is_wait,
           .number = message.number,
           .count = message.count});
    }
    if (queue.engine == Engine::kBdc) {
      command.index = static_cast<std::uint32_t>(decoded_.computes.size());
      decoded_.computes.push_back(reader_.compute(hardware));
    } else {
      command.index = static_cast<std::uint32_t>(decoded_.transfers.size());
      decoded_.transfers.push_back(reader_.transfer(hardware));
    }
    command.is_opaque = !access_[queue.core].append(hardware, queue.engine, decoded_.blocks);
    command.blocks_end = static_cast<std::uint32_t>(decoded_.blocks.size());
    decoded_.commands.push_back(command);
  }

  static Error stuck(const MergedQueue& queue, const std::string& where) {
    return {.message = fmt::format("command {} of {} on core {} waits for ever", queue.at + 1,
                                   name_of(queue.engine), queue.core),
            .where = where,
            .hint = "the streams of the file do not belong together"};
  }

  InstructionReader reader_;
  InstructionSet set_;
  DecodedStream& decoded_;
  std::vector<MergedQueue> queues_;
  std::vector<LocalAccessReader> access_;  ///< by core
  std::map<std::uint32_t, std::uint64_t> sent_{};
};

/// Ranges in DDR that hold no weights: joined, by their beginnings.
class ActivationRanges {
 public:
  ActivationRanges(const DecodedStream& stream, std::vector<DdrRange> ranges) {
    for (const TransferInstruction& transfer : stream.transfers) {
      const TransferSide& side = transfer.destination;
      const bool writes = !side.is_local && transfer.kind != TransferKind::kSystem &&
                          transfer.kind != TransferKind::kMessage;
      if (writes) ranges.push_back({side.address, side.address + span_of(transfer, side)});
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const DdrRange& a, const DdrRange& b) { return a.begin < b.begin; });
    for (const DdrRange& range : ranges) {
      if (!ranges_.empty() && range.begin <= ranges_.back().end) {
        ranges_.back().end = std::max(ranges_.back().end, range.end);
      } else {
        ranges_.push_back(range);
      }
    }
  }

  bool holds(std::uint64_t address) const {
    const auto after =
        std::upper_bound(ranges_.begin(), ranges_.end(), address,
                         [](std::uint64_t at, const DdrRange& range) { return at < range.begin; });
    return after != ranges_.begin() && address < std::prev(after)->end;
  }

 private:
  /// From the first to the last byte of a side.
  static std::uint64_t span_of(const TransferInstruction& transfer, const TransferSide& side) {
    std::uint64_t elements = 1;
    for (std::size_t axis = 0; axis < side.extents.size(); ++axis) {
      const std::uint64_t steps = std::max(1U, side.extents[axis]) - 1;
      elements += steps * side.strides[axis];
    }
    return (elements * transfer.element_bits + 7) / 8;
  }

  std::vector<DdrRange> ranges_{};
};

CommandKind command_kind(const TransferInstruction& transfer, const ActivationRanges& activations) {
  if (transfer.kind == TransferKind::kSystem || transfer.kind == TransferKind::kMessage) {
    return CommandKind::kSystem;
  }
  if (transfer.kind == TransferKind::kFill) return CommandKind::kFill;
  switch (transfer.direction()) {
    case Direction::kDdrToLocal:
      return activations.holds(transfer.source.address) ? CommandKind::kLoad
                                                        : CommandKind::kLoadWeight;
    case Direction::kLocalToDdr:
      return CommandKind::kStore;
    default:
      return CommandKind::kCopy;
  }
}

/// What the command touches in local memory, from the first to the last byte of every tensor.
void set_local_ranges(std::span<const LocalBlock> blocks, const LocalGeometry& geometry,
                      Command& command) {
  for (const LocalBlock& block : blocks) {
    const LaneRange hull = hull_of(block, geometry);
    const std::uint32_t end = std::min(hull.end, geometry.lane_bytes);
    const LocalRange range{.address = hull.begin, .bytes = hull.begin < end ? end - hull.begin : 0};
    if (!block.is_written) {
      if (command.operand_count < kCommandOperands) {
        command.operands[command.operand_count++] = range;
      }
    } else if (command.result.bytes == 0) {
      command.result = range;
    } else {
      command.second_result = range;
    }
  }
}

Command compute_command(const ComputeInstruction& instruction, const Chip& chip) {
  const InstructionPrice price = price_of(instruction, chip);
  Command command{.kind = command_kind(instruction.kind),
                  .engine = Engine::kBdc,
                  .dtype = instruction.dtype,
                  .rule = price.rule,
                  .cost = price.cost,
                  .useful_ops = price.useful_ops,
                  .issued_ops = price.issued_ops,
                  .shape = instruction.result};
  return command;
}

Command transfer_command_of(const TransferInstruction& instruction, const Chip& chip,
                            const ActivationRanges& activations) {
  const InstructionPrice price = price_of(instruction, chip);
  Command command{.kind = command_kind(instruction, activations),
                  .engine = Engine::kGdma,
                  .direction = instruction.direction(),
                  .dtype = instruction.dtype,
                  .rule = price.rule,
                  .cost = price.cost,
                  .bytes = price.bytes};
  const auto& source = instruction.source.extents;
  const bool has_source = std::find(source.begin(), source.end(), 0U) == source.end();
  command.shape = has_source ? source : instruction.destination.extents;
  const bool is_system = command.kind == CommandKind::kSystem;
  if (is_system) command.direction = Direction::kNone;
  const bool is_fill = instruction.kind == TransferKind::kFill;
  if (!is_system && !is_fill && !instruction.source.is_local) command.ddr_read = price.bytes;
  if (!is_system && !instruction.destination.is_local) command.ddr_write = price.bytes;
  return command;
}

}  // namespace

Result<DecodedStream> decode_parts(InstructionSet set,
                                   const std::vector<std::vector<StreamBytes>>& parts,
                                   const std::string& where) {
  DecodedStream decoded{.set = set};
  for (const std::vector<StreamBytes>& part : parts)
    decoded.cores = std::max(decoded.cores, part.size());
  if (decoded.cores > std::numeric_limits<std::uint8_t>::max()) {
    return Error{.message = fmt::format("the model is for {} cores", decoded.cores),
                 .where = where};
  }
  StreamMerger merger(set, decoded.cores, decoded);
  for (const std::vector<StreamBytes>& part : parts)
    TPU_TRY_STATUS(merger.add(part, where));
  return decoded;
}

Program program_of(const DecodedStream& stream, const Chip& chip,
                   const std::vector<DdrRange>& inputs) {
  const ActivationRanges activations(stream, inputs);
  Program program;
  program.commands.reserve(stream.commands.size());
  const LocalGeometry geometry = local_geometry(stream.set);
  for (std::size_t i = 0; i < stream.commands.size(); ++i) {
    const StreamCommand& read = stream.commands[i];
    Command command = read.engine == Engine::kBdc
                          ? compute_command(stream.computes[read.index], chip)
                          : transfer_command_of(stream.transfers[read.index], chip, activations);
    command.core = read.core;
    command.id = read.id;
    command.wait_id = read.wait_id;
    command.op = 0;
    command.group = 0;
    set_local_ranges(stream.blocks_of(i), geometry, command);
    program.commands.push_back(command);
  }
  program.groups = 1;
  program.stream = stream.rules;
  return program;
}

}  // namespace tpuscope
