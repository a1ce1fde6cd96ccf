// Short runs, of which the launch is a large part.

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

constexpr std::int64_t kBatch = 4;

std::vector<Finding> find_launch(const Profile& profile, const Chip&) {
  const Picoseconds launch = profile.report.waterfall[Step::kLaunch];
  const Identity& identity = profile.report.identity;
  return {{.message = fmt::format(
               "launch overhead is {} % of the run",
               percent_text(ratio(launch.value, profile.report.summary.makespan.value))),
           .remedy = fmt::format("export with batch {}: its images share one launch",
                                 identity.batch * kBatch),
           .cost = launch}};
}

TPU_REGISTER(register_rule({.name = "launch",
                            .summary = "overhead before the first command; cost: all of it",
                            .find = find_launch,
                            .explains = Step::kLaunch}));

}  // namespace
}  // namespace tpuscope
