// Steps of the waterfall as causes: see excess.h.

#include "profiles/report/excess.h"

#include <algorithm>

namespace tpuscope {

Excess excess_of(const Summary& summary) {
  Excess excess{.rest = summary.makespan - summary.waterfall[Step::kLaunch]};
  if (summary.bound.value > 0) {
    excess.times =
        static_cast<double>(excess.rest.value) / static_cast<double>(summary.bound.value);
  }
  std::vector<Excess::Cause> steps;
  for (std::size_t i = 0; i < kStepCount; ++i) {
    const Step step = static_cast<Step>(i);
    const bool is_cause = step != Step::kLaunch && step != Step::kUsefulCompute;
    if (is_cause && summary.waterfall[step].value > 0)
      steps.push_back({step, summary.waterfall[step]});
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Excess::Cause& a, const Excess::Cause& b) { return a.time > b.time; });
  steps.push_back({Step::kUsefulCompute, summary.waterfall[Step::kUsefulCompute]});
  for (const Excess::Cause& cause : steps) {
    if (excess.is_explained(summary.bound)) break;
    excess.causes.push_back(cause);
    excess.rest = excess.rest - cause.time;
  }
  return excess;
}

}  // namespace tpuscope
