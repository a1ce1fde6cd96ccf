// Engines that take turns where they could work side by side.

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

/// Of several cores the one whose engine works longest: what cores wait for each other is another
/// finding.
CoreUse busiest(const Summary& summary) {
  CoreUse use{
      .bdc_busy = summary.bdc_busy, .gdma_busy = summary.gdma_busy, .overlap = summary.overlap};
  const auto longer = [](const CoreUse& core) { return std::max(core.bdc_busy, core.gdma_busy); };
  for (const CoreUse& core : summary.core_use) {
    if (longer(core) > longer(use)) use = core;
  }
  return use;
}

/// At best the run takes the launch, the longer of both engines' work and that of the host.
std::vector<Finding> find_overlap(const Profile& profile, const Chip&) {
  const Summary& summary = profile.report.summary;
  const CoreUse use = busiest(summary);
  const Picoseconds longer = std::max(use.bdc_busy, use.gdma_busy);
  const Picoseconds shorter = std::min(use.bdc_busy, use.gdma_busy);
  const Picoseconds apart =
      profile.report.waterfall[Step::kLaunch] + profile.report.waterfall[Step::kHost];
  const std::string hidden = percent_text(ratio(use.overlap.value, shorter.value));
  return {{.message = use.gdma_busy <= use.bdc_busy
                          ? fmt::format("{} % of DMA time is hidden behind compute", hidden)
                          : fmt::format("{} % of compute time hides DMA transfers", hidden),
           .remedy = "smaller slices, or prefetch for the next op",
           .cost = summary.makespan - apart - longer}};
}

TPU_REGISTER(register_rule(
    {.name = "overlap",
     .summary =
         "engines that wait for each other; cost: what the run takes longer than the busier engine",
     .find = find_overlap,
     .explains = Step::kExposedLoad}));

}  // namespace
}  // namespace tpuscope
