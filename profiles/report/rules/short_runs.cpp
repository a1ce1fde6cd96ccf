// Transfers that touch memory in short pieces, so that bursts are mostly empty.

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_short_runs(const Profile& profile, const Chip&) {
  Loss loss = loss_of(profile, [](const Charge& charge, const Command& command) {
    if (charge.kind != ChargeKind::kTransfer || command.cost.padding <= command.cost.useful) {
      return Picoseconds{};
    }
    return share_of(charge.length(), command.cost.padding, command);
  });
  if (loss.ops.empty()) return {};
  return {{.message = fmt::format(
               "{} transfers of short pieces reach half of the bandwidth at most", loss.commands),
           .remedy = "an order of axes in which what moves together is contiguous",
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule(
    {.name = "short_runs",
     .summary = "a transfer loses more to short pieces than it takes; cost: that loss where "
                "nothing hides it",
     .find = find_short_runs,
     .explains = Step::kExposedLoad}));

}  // namespace
}  // namespace tpuscope
