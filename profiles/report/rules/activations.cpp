// What bounds a run by vector work, with types of ops and their shares: activations first, since a
// network may be trained with cheaper ones.

#include "passes/activations.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

struct VectorWork {
  Picoseconds time{};
  bool is_activation = false;
  std::vector<OpId> ops{};
};

/// Vector work by type of op.
std::map<std::string, VectorWork> vector_work_of(const Profile& profile) {
  std::map<std::string, VectorWork> types;
  for (const OpRow& op : profile.report.ops) {
    const Picoseconds time = op.waterfall[Step::kVector];
    if (time.value == 0) continue;
    VectorWork& work = types[op.type];
    work.time += time;
    work.is_activation = is_smooth_activation(profile.graph[op.op]);
    work.ops.push_back(op.op);
  }
  return types;
}

std::vector<Finding> find_activations(const Profile& profile, const Chip&) {
  const Summary& summary = profile.report.summary;
  if (summary.verdict.is_transfers || summary.verdict.step != Step::kVector) return {};
  const std::map<std::string, VectorWork> types = vector_work_of(profile);
  std::vector<std::pair<std::string, const VectorWork*>> order;
  Finding finding{.rule = "activations"};
  for (const auto& [type, work] : types) {
    if (!work.is_activation) continue;
    order.emplace_back(type, &work);
    finding.cost += work.time;
    finding.ops.insert(finding.ops.end(), work.ops.begin(), work.ops.end());
  }
  if (order.empty()) return {};
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second->time > b.second->time; });
  for (const auto& [type, work] : order) {
    finding.message += fmt::format("{}{} {} %", finding.message.empty() ? "" : ", ", type,
                                   percent_text(ratio(work->time.value, summary.makespan.value)));
  }
  finding.message =
      fmt::format("smooth activations take {} % of the time: {}",
                  percent_text(ratio(finding.cost.value, summary.makespan.value)), finding.message);
  finding.remedy = "a network trained with ReLU: `tpuscope advise` tries it";
  return {finding};
}

TPU_REGISTER(register_rule(
    {.name = "activations",
     .summary = "vector work bounds the run and is in part smooth activations; cost: their work",
     .find = find_activations,
     .explains = Step::kVector}));

}  // namespace
}  // namespace tpuscope
