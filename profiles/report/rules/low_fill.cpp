// Ops whose instructions mostly compute on padding, because lanes or units are not filled.

#include <algorithm>

#include <fmt/core.h>

#include "base/figures.h"
#include "profiles/report/rule.h"

namespace tpuscope {
namespace {

std::vector<Finding> find_low_fill(const Profile& profile, const Chip&) {
  Finding finding;
  std::vector<const OpRow*> rows;
  for (const OpRow& op : profile.report.ops) {
    const Picoseconds padding = op.waterfall[Step::kPadding];
    if (padding.value == 0 || 2 * op.useful_ops >= op.issued_ops) continue;
    finding.cost += padding;
    rows.push_back(&op);
  }
  if (rows.empty()) return {};
  std::stable_sort(rows.begin(), rows.end(), [](const OpRow* a, const OpRow* b) {
    return a->waterfall[Step::kPadding] > b->waterfall[Step::kPadding];
  });
  for (const OpRow* op : rows)
    finding.ops.push_back(op->op);
  const OpRow& worst = *rows.front();
  finding.message =
      fmt::format("{} ops use less than half of lanes and units (the costliest: {} %)",
                  finding.ops.size(), percent_text(ratio(worst.useful_ops, worst.issued_ops)));
  finding.remedy = "a shape with more channels, or another axis on the lanes";
  return {std::move(finding)};
}

TPU_REGISTER(
    register_rule({.name = "low_fill",
                   .summary = "under half of the issued operations are useful; cost: the padding",
                   .find = find_low_fill,
                   .explains = Step::kPadding}));

}  // namespace
}  // namespace tpuscope
