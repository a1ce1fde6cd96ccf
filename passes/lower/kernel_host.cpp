// Work of the host as the chip sees it: it has stored the operands, hears of nothing until the host
// has copied them, worked, copied the results back and called again, and goes on then. The call and
// the copies are priced, these as copies within DDR; the host's own work is not, since it says
// nothing about the chip.

#include <algorithm>
#include <cmath>

#include "passes/lower/kernel.h"
#include "passes/lower/op_stream.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

std::int64_t bytes_of(const std::vector<TensorType>& types) {
  std::int64_t bytes = 0;
  for (const TensorType& type : types)
    bytes += type.bytes();
  return bytes;
}

/// One command for each result, of which the first carries everything, and further ones where there
/// are more operands than a command names.
class HostCommands {
 public:
  HostCommands(const Chip& chip, const OpView& op, OpStream& stream)
      : chip_(chip), op_(op), stream_(stream) {}

  void emit() {
    const std::size_t windows =
        std::max<std::size_t>(1, (op_.inputs.size() + kCommandOperands - 1) / kCommandOperands);
    for (std::size_t i = 0; i < std::max(windows, op_.results.size()); ++i)
      push(i);
  }

 private:
  void push(std::size_t index) {
    Command command{.kind = CommandKind::kHost,
                    .engine = Engine::kGdma,
                    .rule = number_of(InstructionRule::kHost)};
    if (index == 0) {
      command.ddr_read = bytes_of(op_.inputs);
      command.ddr_write = bytes_of(op_.results);
      command.bytes = command.ddr_read + command.ddr_write;
      command.cost = {
          .initial = whole(chip_.overhead.launch_us * chip_.clock.dma_mhz),
          .useful = whole(static_cast<double>(command.bytes) / chip_.command.copy_bytes_per_cycle)};
    }
    const std::size_t first = index * kCommandOperands;
    for (std::size_t i = first; i < std::min(first + kCommandOperands, op_.inputs.size()); ++i) {
      if (op_.input(i).elements() == 0) continue;
      command.operand_parts.at(i - first) =
          stream_.part(false, i, whole_box(op_.input(i).elements()));
    }
    if (index < op_.results.size() && op_.result(index).elements() > 0) {
      command.result_part = stream_.part(true, index, whole_box(op_.result(index).elements()));
    }
    stream_.push(command);
  }

  static std::int64_t whole(double cycles) {
    return static_cast<std::int64_t>(std::llround(cycles));
  }

  const Chip& chip_;
  const OpView& op_;
  OpStream& stream_;
};

void emit_host(const Chip& chip, const OpView& op, std::int64_t /*cores*/, OpStream& stream) {
  HostCommands(chip, op, stream).emit();
}

TPU_REGISTER(register_kernel({.name = "Host", .emit = emit_host, .takes_any_type = true}));

}  // namespace
}  // namespace tpuscope
