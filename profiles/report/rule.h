// Rules: what a profiler's reader would look for, as functions from a run to findings. Each is one
// file under profiles/report/rules that registers itself. A cost is a sum of charges, never a
// guess: what the run as it is is charged for the cause.

#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/registry.h"
#include "profiles/report/report.h"

namespace tpuscope {

struct Rule {
  std::string_view name{};
  std::string_view summary{};  ///< condition and cost in a clause
  std::vector<Finding> (*find)(const Profile& profile, const Chip& chip) = nullptr;
  /// The step of the waterfall that it explains; loads, stores and copies are one.
  std::optional<Step> explains{};
};
using RuleRegistry = Registry<Rule>;

bool register_rule(Rule rule);

/// Findings of all rules that cost anything: first those that explain what bounds the run and cost
/// 1 % of it or more, then the others, each by cost.
std::vector<Finding> find_all(const Profile& profile, const Chip& chip);

// --- steps that rules share ---

/// Sums what charged commands lose: `part` says how much of a charge counts.
struct Loss {
  Picoseconds time{};
  std::size_t commands = 0;  ///< with any loss
  std::vector<OpId> ops{};   ///< most loss first
};
Loss loss_of(const Profile& profile,
             const std::function<Picoseconds(const Charge&, const Command&)>& part);

/// `length` in the proportion of some cycles of the command to all of them.
Picoseconds share_of(Picoseconds length, std::int64_t cycles, const Command& command);

}  // namespace tpuscope
