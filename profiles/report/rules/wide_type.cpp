// Matrix work in f32 on a chip whose cube is faster in f16.

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_wide_type(const Profile& profile, const Chip& chip) {
  const std::int64_t wide = peak_macs_per_cycle(chip, DType::kF32);
  const std::int64_t narrow = peak_macs_per_cycle(chip, DType::kF16);
  if (wide <= 0 || narrow <= wide) return {};
  Loss loss = loss_of(profile, [&](const Charge& charge, const Command& command) {
    if (charge.kind != ChargeKind::kCompute || !is_cube(command.kind) ||
        command.dtype != DType::kF32) {
      return Picoseconds{};
    }
    const Picoseconds useful = share_of(charge.length(), command.cost.useful, command);
    return useful - Picoseconds{useful.value / narrow * wide};
  });
  if (loss.ops.empty()) return {};
  return {{.message = fmt::format("{} ops multiply in f32, {} times slower than in f16",
                                  loss.ops.size(), narrow / wide),
           .remedy = "try --precision f16",
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule(
    {.name = "wide_type",
     .summary =
         "convolutions and products in f32; cost: their useful time beyond that at the peak of f16",
     .find = find_wide_type,
     .explains = Step::kUsefulCompute}));

}  // namespace
}  // namespace tpuscope
