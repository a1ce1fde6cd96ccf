// Transfers so small that starting them takes as long as moving the bytes.

#include <fmt/core.h>

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_small_transfers(const Profile& profile, const Chip&) {
  Loss loss = loss_of(profile, [](const Charge& charge, const Command& command) {
    const bool is_small = 2 * command.cost.initial >= command.cost.total();
    const bool is_transfer =
        charge.kind == ChargeKind::kTransfer && command.kind != CommandKind::kHost;
    if (!is_transfer || !is_small) return Picoseconds{};
    return share_of(charge.length(), command.cost.initial, command);
  });
  if (loss.ops.empty()) return {};
  return {{.message = fmt::format("starting is half or more of {} transfers", loss.commands),
           .remedy = "larger slices, or neighbours merged into one transfer",
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule(
    {.name = "small_transfers",
     .summary = "starting a transfer costs half of it or more; cost: the starts that nothing hides",
     .find = find_small_transfers,
     .explains = Step::kExposedLoad}));

}  // namespace
}  // namespace tpuscope
