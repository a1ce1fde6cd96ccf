// Runs the rules, and what they share.

#include "profiles/report/rule.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/figures.h"

namespace tpuscope {

namespace {

bool is_transfer(Step step) {
  return step == Step::kExposedLoad || step == Step::kExposedStore || step == Step::kExposedCopy;
}

/// Whether the finding is about what bounds the run, and not about next to nothing.
bool leads(const Finding& finding, const Summary& summary) {
  constexpr std::int64_t kLeastPart = 100;
  const std::optional<Step> step = RuleRegistry::instance().find(finding.rule)->explains;
  if (!step || finding.cost.value * kLeastPart < summary.makespan.value) return false;
  return summary.verdict.is_transfers ? is_transfer(*step) : *step == summary.verdict.step;
}

}  // namespace

std::vector<Finding> find_all(const Profile& profile, const Chip& chip) {
  std::vector<Finding> findings;
  for (const auto& [name, rule] : RuleRegistry::instance().all()) {
    for (Finding& finding : rule.find(profile, chip)) {
      TPU_CHECK(finding.cost <= profile.report.summary.makespan, "{} costs {} ps of {} ps", name,
                finding.cost.value, profile.report.summary.makespan.value);
      finding.rule = name;
      if (finding.cost.value > 0) findings.push_back(std::move(finding));
    }
  }
  std::stable_sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    const bool a_leads = leads(a, profile.report.summary);
    return a_leads != leads(b, profile.report.summary) ? a_leads : a.cost > b.cost;
  });
  return findings;
}

Loss loss_of(const Profile& profile,
             const std::function<Picoseconds(const Charge&, const Command&)>& part) {
  const auto& commands = profile.simulation.program.commands;
  Loss loss;
  std::map<std::uint32_t, Picoseconds> by_op;
  std::vector<bool> counted(commands.size(), false);
  for (const Charge& charge : profile.charges) {
    if (charge.command == kNone) continue;
    const Command& command = commands[charge.command];
    const Picoseconds lost = part(charge, command);
    if (lost.value == 0) continue;
    loss.time += lost;
    by_op[command.op] += lost;
    if (!counted[charge.command]) ++loss.commands;
    counted[charge.command] = true;
  }
  std::vector<std::pair<std::uint32_t, Picoseconds>> order(by_op.begin(), by_op.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (const auto& [op, time] : order)
    loss.ops.push_back(OpId{op});
  return loss;
}

Picoseconds share_of(Picoseconds length, std::int64_t cycles, const Command& command) {
  const std::int64_t total = command.cost.total();
  return {total == 0 ? 0 : mul_div(length.value, cycles, total)};
}

bool register_rule(Rule rule) {
  return RuleRegistry::instance().add(rule);
}

}  // namespace tpuscope
