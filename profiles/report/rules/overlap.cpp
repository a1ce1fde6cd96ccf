// Engines that take turns where they could work side by side.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

/// At best the run takes the launch, the longer of both engines' work and that of the host.
std::vector<Finding> find_overlap(const Profile& profile, const Chip&) {
  const Summary& summary = profile.report.summary;
  const Picoseconds longer = std::max(summary.bdc_busy, summary.gdma_busy);
  const Picoseconds shorter = std::min(summary.bdc_busy, summary.gdma_busy);
  const Picoseconds apart =
      profile.report.waterfall[Step::kLaunch] + profile.report.waterfall[Step::kHost];
  return {{.message = fmt::format("transfers overlap compute for {:.0f} % of the achievable time",
                                  100 * ratio(summary.overlap.value, shorter.value)),
           .remedy = "smaller slices, or loads for the next op while this one computes",
           .gain = summary.makespan - apart - longer}};
}

TPU_REGISTER(register_rule(
    {.name = "overlap",
     .summary = "engines that wait for each other; gain: down to the busier engine's time",
     .find = find_overlap}));

}  // namespace
}  // namespace tpuscope
