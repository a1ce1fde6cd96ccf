// Instructions so small that their start-up is most of their time.

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_tiny_commands(const Profile& profile, const Chip&) {
  Loss loss = loss_of(profile, [](const Charge& charge, const Command& command) {
    const bool is_tiny = 2 * command.cost.initial >= command.cost.total();
    if (charge.kind != ChargeKind::kCompute || !is_tiny) return Picoseconds{};
    return share_of(charge.length(), command.cost.initial, command);
  });
  if (loss.ops.empty()) return {};
  return {{.message = fmt::format("issue overhead dominates {} instructions", loss.commands),
           .remedy = "fewer and larger slices, or fused neighbours",
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(
    register_rule({.name = "tiny_commands",
                   .summary = "start-up is half of an instruction or more; cost: the start-up",
                   .find = find_tiny_commands,
                   .explains = Step::kIssue}));

}  // namespace
}  // namespace tpuscope
