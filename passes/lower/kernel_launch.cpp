// The start of a net of a program as the chip sees it: all before it is done, the runtime takes its
// time, a slow program on the host takes more, and what is to be copied within DDR is copied.

#include <cmath>

#include "passes/lower/kernel.h"
#include "passes/lower/op_stream.h"
#include "sim/cost/cost.h"
#include "sim/cost/instruction_rules.h"

namespace tpuscope {
namespace {

std::int64_t whole_cycles_of(const Chip& chip, double us) {
  return std::llround(us * chip.clock.dma_mhz);
}

double host_us(const Chip& chip, const OpView& op) {
  if (op.attrs().text("host") != "python") return 0;
  constexpr double kMegabyte = 1e6;
  const auto cache = static_cast<double>(op.attrs().integer("cache_bytes"));
  return chip.overhead.host_net_us + chip.overhead.host_kv_us_per_mb * cache / kMegabyte;
}

/// Keys and values are two copies.
void emit_copies(const Chip& chip, std::int64_t bytes, OpStream& stream) {
  const Runs runs{.count = 1, .bytes = bytes / 2, .alignment = 64};
  const Transfer copy{
      .direction = Direction::kDdrToDdr, .source = runs, .destination = runs, .element_bytes = 2};
  const GdmaCost price = gdma_cost(chip, copy);
  for (int i = 0; i < 2; ++i) {
    stream.push({.kind = CommandKind::kHost,
                 .engine = Engine::kGdma,
                 .rule = number_of(InstructionRule::kNet),
                 .cost = recorded(price.cost)});
  }
}

void emit_launch(const Chip& chip, const OpView& op, std::int64_t /*cores*/, OpStream& stream) {
  Command command{.kind = CommandKind::kHost,
                  .engine = Engine::kGdma,
                  .rule = number_of(InstructionRule::kNet)};
  command.cost.initial = whole_cycles_of(chip, chip.overhead.net_us + host_us(chip, op));
  for (std::size_t i = 0; i < std::min(kCommandOperands, op.inputs.size()); ++i) {
    if (op.input(i).elements() == 0) continue;
    command.operand_parts.at(i) = stream.part(false, i, whole_box(op.input(i).elements()));
  }
  if (op.result().elements() > 0) {
    command.result_part = stream.part(true, 0, whole_box(op.result().elements()));
  }
  stream.push(command);
  const std::int64_t copied = op.attrs().integer("copied_bytes");
  if (copied > 0) emit_copies(chip, copied, stream);
}

TPU_REGISTER(register_kernel({.name = "Launch", .emit = emit_launch, .takes_any_type = true}));

}  // namespace
}  // namespace tpuscope
