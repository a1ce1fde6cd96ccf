// Members by name, then those in between, then cuts.

#include "passes/planner/foreign_groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/core.h>

#include "base/text.h"
#include "passes/planner/compiler_names.h"
#include "passes/planner/placed_group.h"

namespace tpuscope {
namespace {

constexpr std::size_t kNoGroup = ~std::size_t{0};

class GroupFitter {
 public:
  GroupFitter(const Graph& graph, const LocalSupport& support, const GroupCache& cache)
      : graph_(graph),
        support_(support),
        cache_(cache),
        order_(graph.topological_order()),
        group_of_(graph.size(), kNoGroup),
        is_named_(graph.size(), false) {}

  FittedGroups fit() {
    find_members();
    for (std::size_t g = 0; g < cache_.groups.size(); ++g)
      adopt_between(g);
    for (const OpId op : order_) {
      std::size_t& group = group_of_[op.index];
      if (group != kNoGroup && group_obstacle(graph_, op, support_)) group = kNoGroup;
    }
    for (std::size_t g = 0; g < cache_.groups.size(); ++g)
      cut(g);
    return std::move(fitted_);
  }

 private:
  std::optional<OpId> find(const CompilerNames& names, const std::string& name) {
    ++fitted_.names.ops;
    const std::optional<OpId> op = names.find(name);
    if (op) {
      ++fitted_.names.matched;
      is_named_[op->index] = true;
    } else if (is_cast_name(name)) {
      ++fitted_.names.casts;
    } else {
      fitted_.names.unmatched.push_back(name);
    }
    return op;
  }

  void find_members() {
    const CompilerNames names(graph_);
    for (std::size_t g = 0; g < cache_.groups.size(); ++g) {
      std::vector<OpId>& wanted = fitted_.wanted.emplace_back();
      for (const CachedName& loc : cache_.groups[g].locs) {
        const std::optional<OpId> op = find(names, loc.name);
        if (!op || std::find(wanted.begin(), wanted.end(), *op) != wanted.end()) continue;
        wanted.push_back(*op);
        // Several parts of an op there are one op here: it goes where the first part is.
        if (group_of_[op->index] == kNoGroup) group_of_[op->index] = g;
      }
    }
    for (const CachedName& alone : cache_.alone)
      find(names, alone.name);
  }

  bool is_free(OpId op) const {
    const LayoutRule layout = graph_[op].def->layout;
    return !is_named_[op.index] && layout != LayoutRule::kSource && layout != LayoutRule::kSink;
  }

  /// Ops that the file does not name and that stand between two members become members.
  void adopt_between(std::size_t group) {
    const std::vector<bool> behind = free_behind(group);
    const std::vector<bool> before = free_before(group);
    for (const OpId op : order_) {
      if (behind[op.index] && before[op.index] && group_of_[op.index] == kNoGroup) {
        group_of_[op.index] = group;
      }
    }
  }

  /// Per op id: free ops that need a member, by way of free ones alone.
  std::vector<bool> free_behind(std::size_t group) const {
    std::vector<bool> behind(graph_.size(), false);
    for (const OpId op : order_) {
      if (!is_free(op)) continue;
      const std::vector<Value>& inputs = graph_[op].inputs;
      behind[op.index] = std::any_of(inputs.begin(), inputs.end(), [&](const Value input) {
        return group_of_[input.op.index] == group || behind[input.op.index];
      });
    }
    return behind;
  }

  /// Likewise those that a member needs.
  std::vector<bool> free_before(std::size_t group) const {
    std::vector<bool> before(graph_.size(), false);
    for (std::size_t i = order_.size(); i-- > 0;) {
      const OpId op = order_[i];
      if (group_of_[op.index] != group && !before[op.index]) continue;
      for (const Value input : graph_[op].inputs) {
        if (is_free(input.op)) before[input.op.index] = true;
      }
    }
    return before;
  }

  /// A new part begins where a member needs something outside that needs an earlier member.
  void cut(std::size_t group) {
    std::map<OpId, std::size_t> part_of;
    std::vector<std::size_t> reached(graph_.size(), 0);  // the first part that may need the op
    std::map<std::size_t, FittedGroups::Part> parts;
    for (const OpId op : order_) {
      std::size_t least = 0;
      const bool is_member = group_of_[op.index] == group;
      for (const Value input : graph_[op].inputs) {
        const auto member = part_of.find(input.op);
        const std::size_t own = member == part_of.end() ? reached[input.op.index]
                                                        : member->second + (is_member ? 0 : 1);
        least = std::max(least, own);
      }
      reached[op.index] = least;
      if (!is_member) continue;
      part_of.emplace(op, least);
      parts[least].ops.push_back(op);
      parts[least].group = group;
    }
    for (auto& [unused, part] : parts)
      fitted_.parts.push_back(std::move(part));
  }

  const Graph& graph_;
  const LocalSupport& support_;
  const GroupCache& cache_;
  std::vector<OpId> order_;
  std::vector<std::size_t> group_of_;  ///< per op id
  std::vector<bool> is_named_;
  FittedGroups fitted_{};
};

/// "12 of 13 groups as they are, 1 cut" of a plan.
std::string groups_text(const Plan& plan, const FittedGroups& fitted, const GroupCache& cache) {
  std::map<OpId, const Group*> group_of;
  for (const Group& group : plan.groups) {
    for (const OpId op : group.ops())
      group_of[op] = &group;
  }
  std::size_t same = 0;
  std::size_t resliced = 0;
  for (std::size_t g = 0; g < cache.groups.size(); ++g) {
    std::set<const Group*> holders;
    for (const OpId op : fitted.wanted[g])
      holders.insert(group_of[op]);
    if (holders.size() != 1 || *holders.begin() == nullptr) continue;
    const LayerGroup* layers = (*holders.begin())->layers();
    const std::optional<SliceCounts>& slices = cache.groups[g].slices;
    const bool is_sliced_so = layers == nullptr || !slices || layers->secs == *slices;
    ++(is_sliced_so ? same : resliced);
  }
  std::string text = fmt::format("{} of {} groups taken", same, cache.groups.size());
  if (resliced > 0) text += fmt::format(", {} in other slices", resliced);
  const std::size_t rest = cache.groups.size() - same - resliced;
  if (rest > 0) text += fmt::format(", {} cut or left out", rest);
  return text;
}

}  // namespace

FittedGroups fit_groups(const Graph& graph, const LocalSupport& support, const GroupCache& cache) {
  return GroupFitter(graph, support, cache).fit();
}

std::string given_groups_note(const Graph& graph, const Plan& plan, const LocalSupport& support,
                              const GroupCache& cache) {
  if (!cache.is_foreign) return "";
  const FittedGroups fitted = fit_groups(graph, support, cache);
  const NameCounts& names = fitted.names;
  std::string text =
      fmt::format("groups of {}: {} of its {} ops matched", cache.source, names.matched, names.ops);
  std::vector<std::string> others;
  if (names.casts > 0) {
    others.push_back(fmt::format("{} cast{}", names.casts, names.casts == 1 ? "" : "s"));
  }
  if (!names.unmatched.empty()) {
    others.push_back(fmt::format("{} unknown here, first {}", names.unmatched.size(),
                                 in_quotes(sanitised_utf8(names.unmatched.front()))));
  }
  if (!others.empty()) text += " (" + join(others) + ")";
  return text + "; " + groups_text(plan, fitted, cache);
}

}  // namespace tpuscope
