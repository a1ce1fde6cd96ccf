// Instructions whose operands are in the bank of their result.

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_bank_conflicts(const Profile& profile, const Chip&) {
  Loss loss = loss_of(profile, [](const Charge& charge, const Command& command) {
    if (charge.kind != ChargeKind::kCompute) return Picoseconds{};
    return share_of(charge.length(), command.cost.conflict, command);
  });
  if (loss.ops.empty()) return {};
  return {
      {.message = fmt::format("operands of {} ops share a bank with their result", loss.ops.size()),
       .remedy = "addresses in different banks",
       .cost = loss.time,
       .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule({.name = "bank_conflicts",
                            .summary = "operands in the result's bank; cost: the cycles "
                                       "lost to it",
                            .find = find_bank_conflicts,
                            .explains = Step::kConflict}));

}  // namespace
}  // namespace tpuscope
