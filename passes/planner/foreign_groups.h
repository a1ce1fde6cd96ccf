// Groups that another compiler chose, fitted to a network as it is here: names are looked up, ops
// that it does not know join what stands around them, ops without local form here and what
// something outside would interrupt are cut out.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/local_rule.h"
#include "passes/planner/group_cache.h"
#include "passes/tiling/plan.h"

namespace tpuscope {

/// What became of the names of a file.
struct NameCounts {
  std::size_t ops = 0;  ///< that the file names
  std::size_t matched = 0;
  std::size_t casts = 0;                 ///< without match: types differ in other places here
  std::vector<std::string> unmatched{};  ///< the rest, in order
};

struct FittedGroups {
  /// A group of the file, or a part of one: ops in dependency order.
  struct Part {
    std::vector<OpId> ops{};
    std::size_t group = 0;  ///< in GroupCache::groups
  };
  std::vector<Part> parts{};
  NameCounts names{};
  /// By group of the file: which ops here its names stand for.
  std::vector<std::vector<OpId>> wanted{};
};

FittedGroups fit_groups(const Graph& graph, const LocalSupport& support, const GroupCache& cache);

/// One line for people about a plan that was made from such groups: how many names matched, how
/// many groups are as in the file. Empty for groups of our own.
std::string given_groups_note(const Graph& graph, const Plan& plan, const LocalSupport& support,
                              const GroupCache& cache);

}  // namespace tpuscope
