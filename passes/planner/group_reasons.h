// Every reason that can keep an op out of a layer group, for people who ask what a report's
// "group boundaries" mean. Ops state their own rules (graph/local_rule.h), the planner the rest.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tpuscope {

struct GroupReason {
  std::string_view name{};   ///< LocalObstacle::rule, GroupDecision::rule, or the name of its kind
  std::string_view label{};  ///< a few words, for lists with counts
  std::string_view text{};
};

/// By name. An op without a local form of any kind is its own reason, by the name of its operator.
const std::vector<GroupReason>& group_reasons();

/// The label of a reason by its name: "reshape across lanes" of view_first_axes, and "no local
/// Permute" where an operator of this name has no local form at all.
std::string label_of_reason(std::string_view name);

}  // namespace tpuscope
