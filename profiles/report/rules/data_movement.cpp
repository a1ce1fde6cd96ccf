// Ops that move data and compute nothing: permutes, slices, concats that became copies.

#include <map>
#include <utility>

#include <fmt/core.h>

#include "passes/switch_set.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::string remedy_for(const Profile& profile, const std::string& type) {
  if (profile.report.identity.switches != SwitchSet::all()) return "try --passes optimized";
  return type == "Permute" ? "`tpuscope optimize --explain` shows why they remain"
                           : "choose a layout in which they are views";
}

/// Their time is the host's or the runtime's.
bool is_of_host(const Op& op) {
  return op.is("Host") || op.is("Launch");
}

/// One finding per type; without such an op its whole charge goes.
std::vector<Finding> find_data_movement(const Profile& profile, const Chip&) {
  std::map<std::string, Finding> by_type;
  for (const OpRow& op : profile.report.ops) {
    if (op.bdc_busy.value > 0 || is_of_host(profile.graph[op.op])) continue;
    Finding& finding = by_type[op.type];
    finding.cost += op.blame();
    finding.ops.push_back(op.op);
  }
  std::vector<Finding> findings;
  for (auto& [type, finding] : by_type) {
    finding.message =
        finding.ops.size() == 1
            ? fmt::format("a {} moves data and computes nothing", type)
            : fmt::format("{} {} ops are pure data movement", finding.ops.size(), type);
    finding.remedy = remedy_for(profile, type);
    findings.push_back(std::move(finding));
  }
  return findings;
}

TPU_REGISTER(
    register_rule({.name = "data_movement",
                   .summary = "ops without a command on BDC; cost: all their attributed time",
                   .find = find_data_movement,
                   .explains = Step::kExposedCopy}));

}  // namespace
}  // namespace tpuscope
