// Commands of kernels with what they wait for.

#include "passes/lower/kernel_stream.h"

#include <algorithm>

#include "passes/lower/command_of.h"
#include "passes/tiling/command_fields.h"

namespace tpuscope {

KernelBuffer KernelStream::buffer(std::int64_t bytes) {
  KernelBuffer made{.range = {next_address_, narrowed(bytes)}};
  next_address_ += narrowed(align_up(bytes, chip_.bank_bytes()));
  return made;
}

KernelBuffer KernelStream::packed_buffer(std::int64_t bytes) {
  KernelBuffer made{.range = {next_address_, narrowed(bytes)}};
  next_address_ += narrowed(align_up(bytes, chip_.array.eu_bytes_per_lane));
  return made;
}

Command KernelStream::transfer(const DdrBlock& block, Direction direction, CommandKind kind,
                               DType type) const {
  const Runs runs{.count = block.runs, .bytes = block.bytes, .alignment = size_of(type)};
  Transfer transfer{
      .direction = direction, .local_runs = block.local_runs, .element_bytes = size_of(type)};
  (direction == Direction::kDdrToLocal ? transfer.source : transfer.destination) = runs;
  Command command = transfer_command(kind, direction, type, gdma_cost(chip_, transfer));
  command.slice = slice_;
  command.shape = {1, 1, narrowed(block.runs), narrowed(block.bytes / size_of(type))};
  return command;
}

/// Waits for the other engine's commands among those that touched the buffers before, and enters
/// the command in them.
void KernelStream::push(Command& command, std::initializer_list<KernelBuffer*> reads,
                        KernelBuffer* to) {
  const auto own = static_cast<std::size_t>(command.engine);
  const std::size_t other = 1 - own;
  for (const KernelBuffer* buffer : reads)
    command.wait_id = std::max(command.wait_id, buffer->written[other]);
  if (to != nullptr)
    command.wait_id = std::max({command.wait_id, to->written[other], to->read[other]});
  const std::uint32_t id = stream_.push(command);
  for (KernelBuffer* buffer : reads)
    buffer->read[own] = id;
  if (to != nullptr) to->written[own] = id;
}

std::uint32_t KernelStream::part_of(bool is_result, const DdrBlock& block) const {
  const TensorType& type = is_result ? op_.result(block.index) : op_.input(block.index);
  const ElementBox box = box_of(block.view.empty() ? type.shape : block.view, block.region);
  return stream_.part(is_result, block.index, box);
}

void KernelStream::load(const DdrBlock& from, KernelBuffer& to) {
  const TensorType& type = op_.input(from.index);
  Command command =
      transfer(from, Direction::kDdrToLocal,
               from.is_weight ? CommandKind::kLoadWeight : CommandKind::kLoad, type.dtype);
  to.part = part_of(false, from);
  command.result = to.range;
  command.result_part = to.part;
  push(command, {}, &to);
}

void KernelStream::store(KernelBuffer& from, const DdrBlock& to) {
  const TensorType& type = op_.result(to.index);
  Command command = transfer(to, Direction::kLocalToDdr, CommandKind::kStore, type.dtype);
  command.timestep = 2;
  command.operand_count = 1;
  command.operands[0] = from.range;
  command.operand_parts[0] = from.part;
  command.result_part = from.part;
  push(command, {&from}, nullptr);
}

void KernelStream::gather_lanes(KernelBuffer& from, std::int64_t lanes, std::int64_t bytes,
                                KernelBuffer& to) {
  const auto elements = static_cast<double>(lanes);
  const InstructionPrice price =
      price_of(TransferForm{.direction = Direction::kLocalToLocal,
                            .bytes = elements * static_cast<double>(bytes),
                            .runs = elements},
               chip_);
  Command command{.kind = CommandKind::kBroadcast,
                  .engine = Engine::kGdma,
                  .direction = Direction::kLocalToLocal,
                  .rule = price.rule,
                  .slice = slice_,
                  .timestep = 1,
                  .cost = price.cost,
                  .bytes = lanes * bytes,
                  .shape = {1, narrowed(lanes), 1, 1},
                  .result = to.range};
  command.operand_count = 1;
  command.operands[0] = from.range;
  command.operand_parts[0] = from.part;
  push(command, {&from}, &to);
}

Command KernelStream::command_of(const ComputeInstruction& instruction,
                                 std::initializer_list<KernelBuffer*> reads, KernelBuffer& to) {
  Command command{.engine = Engine::kBdc, .slice = slice_, .timestep = 1, .result = to.range};
  PlannedInstruction planned{.fields = instruction,
                             .kind = command_kind(instruction.kind),
                             .price = price_of(instruction, chip_)};
  set_instruction(command, planned);
  OperandReads operands;
  for (const KernelBuffer* buffer : reads)
    operands.add(buffer->range, buffer->part);
  operands.give(command, 0);
  return command;
}

void KernelStream::compute(const ComputeInstruction& instruction,
                           std::initializer_list<KernelBuffer*> reads, KernelBuffer& to) {
  Command command = command_of(instruction, reads, to);
  push(command, reads, &to);
  to.part = kNone;
}

void KernelStream::finish(const ComputeInstruction& instruction,
                          std::initializer_list<KernelBuffer*> reads, KernelBuffer& to,
                          const DdrBlock& block) {
  Command command = command_of(instruction, reads, to);
  to.part = part_of(true, block);
  command.result_part = to.part;
  push(command, reads, &to);
}

ComputeInstruction kernel_vector(ComputeKind kind, const LocalShape& extent, std::uint32_t bits,
                                 std::uint32_t operands, bool in_place) {
  const DType type = bits == 32 ? DType::kF32 : bits == 16 ? DType::kF16 : DType::kI8;
  ComputeInstruction made = command_fields(
      type, {.kind = kind, .from = bits, .to = bits, .overwrites = in_place, .operands = operands},
      extent);
  made.input = made.result;
  return made;
}

ComputeInstruction kernel_product(std::int64_t rows, std::int64_t columns, std::int64_t reduced,
                                  DType type, bool transposed) {
  ComputeInstruction made =
      kernel_vector(transposed ? ComputeKind::kCubeMatMulNT : ComputeKind::kCubeMatMul,
                    {.c = rows, .w = columns}, 16, 2);
  made.dtype = type;
  made.reduced = narrowed(reduced);
  return made;
}

}  // namespace tpuscope
