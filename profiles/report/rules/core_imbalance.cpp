// Cores that stand while others work: groups meet at their ends, and the last core to arrive sets
// the pace.

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

/// "core 1 waits for core 0" of two cores; of more it is not one that the others wait for.
std::string sentence(const Summary& summary) {
  std::size_t longest = 0;
  for (std::size_t core = 1; core < summary.core_use.size(); ++core) {
    if (summary.core_use[core].wait > summary.core_use[longest].wait) longest = core;
  }
  const std::string share =
      percent_text(ratio(summary.core_use[longest].wait.value, summary.makespan.value));
  return summary.core_use.size() == 2
             ? fmt::format("core {} waits for core {}, {} % of the time", longest, 1 - longest,
                           share)
             : fmt::format("core {} waits for other cores, {} % of the time", longest, share);
}

/// At best all cores share the work evenly, and none waits.
std::vector<Finding> find_core_imbalance(const Profile& profile, const Chip&) {
  const Summary& summary = profile.report.summary;
  if (summary.core_use.empty()) return {};
  Loss loss =
      loss_of(profile, [](const Charge& charge, const Command&) { return charge.core_wait; });
  if (loss.commands == 0) return {};
  return {{.message = sentence(summary),
           .remedy = fmt::format(
               "a batch of {} gives each core an image",
               static_cast<std::int64_t>(summary.core_use.size()) * profile.report.identity.batch),
           .cost = loss.time,
           .ops = std::move(loss.ops)}};
}

TPU_REGISTER(register_rule(
    {.name = "core_imbalance",
     .summary =
         "cores that have nothing to do until others end what they share; cost: those waits, "
         "shared by all cores",
     .find = find_core_imbalance,
     .explains = Step::kCoreImbalance}));

}  // namespace
}  // namespace tpuscope
