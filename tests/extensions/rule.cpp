// A finding: what the tripling of a run costs.

#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_triples(const Profile& profile, const Chip&) {
  Finding finding{.message = "the run triples", .remedy = "scale the weights instead"};
  for (const OpRow& op : profile.report.ops) {
    if (op.type != "Triple") continue;
    finding.cost += op.blame();
    finding.ops.push_back(op.op);
  }
  return {finding};
}

TPU_REGISTER(register_rule(
    {.name = "triples", .summary = "ops that triple; cost: their time", .find = find_triples}));

}  // namespace
}  // namespace tpuscope
