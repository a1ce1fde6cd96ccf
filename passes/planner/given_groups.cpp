// From names in a file to a plan: see given_groups.h.

#include "passes/planner/given_groups.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/text.h"
#include "passes/planner/candidate_pricer.h"
#include "passes/planner/execution_order.h"
#include "passes/planner/foreign_groups.h"
#include "passes/planner/group_cache.h"
#include "passes/planner/placed_group.h"
#include "passes/planner/switches.h"

namespace tpuscope {
namespace {

bool is_executed(const Op& op) {
  return op.def->layout != LayoutRule::kSource && op.def->layout != LayoutRule::kSink;
}

/// Ops by the names of their results, or their own.
class OpNames {
 public:
  explicit OpNames(const Graph& graph) : graph_(graph) {
    for (const OpId op : graph.topological_order()) {
      if (!is_executed(graph[op])) continue;
      for (const Tensor& result : graph[op].results)
        ops_.emplace(result.name, op);
    }
    for (const OpId op : graph.topological_order()) {
      if (is_executed(graph[op])) ops_.emplace(graph[op].name, op);
    }
  }

  Result<OpId> find(const CachedName& wanted) const {
    const auto found = ops_.find(wanted.name);
    if (found != ops_.end()) return found->second;
    return Error{.message = "no op makes " + in_quotes(sanitised_utf8(wanted.name)),
                 .where = wanted.where,
                 .hint = suggestion(wanted.name)};
  }

 private:
  /// What became of an op of the source, or the nearest name. A list of all would bury the error.
  std::string suggestion(const std::string& wrong) const {
    std::string nearest;
    std::size_t least = wrong.size() / 3 + 1;
    for (const auto& [name, op] : ops_) {
      const std::vector<std::string>& origin = graph_[op].origin;
      if (std::find(origin.begin(), origin.end(), wrong) != origin.end()) {
        return "after the passes that ran, " + in_quotes(graph_[op].results.front().name) +
               " stands for it";
      }
      const std::size_t distance = edit_distance(wrong, name);
      if (distance >= least) continue;
      least = distance;
      nearest = name;
    }
    if (nearest.empty()) return "profile MODEL --write-groups FILE writes the names of all ops";
    return "did you mean " + in_quotes(nearest) + "?";
  }

  const Graph& graph_;
  std::map<std::string, OpId> ops_{};
};

/// A group of the file with its ops found.
struct NamedGroup {
  const CachedGroup* cached = nullptr;
  std::vector<OpId> ops{};
};

class GivenPlanner {
 public:
  GivenPlanner(const Graph& graph, const Chip& chip, const GroupOptions& options, Plan alone)
      : graph_(graph),
        chip_(chip),
        options_(options),
        order_(compiler_order(graph)),
        names_(graph),
        group_of_(graph.size(), kNone) {
    for (Group& group : alone.groups)
      alone_.emplace(group.ops().front(), std::move(group));
  }

  Result<Plan> plan() {
    if (options_.given->is_foreign) return foreign_plan();
    TPU_TRY_STATUS(find_ops());
    TPU_TRY(const std::vector<std::size_t> units, ordered());
    Plan plan;
    Errors errors;
    for (const std::size_t unit : units) {
      if (unit >= groups_.size()) {
        add_alone(op_of_unit_[unit - groups_.size()], plan);
        continue;
      }
      const NamedGroup& named = groups_[unit];
      // One op is no group: it tiles itself.
      if (named.ops.size() == 1) {
        add_alone(named.ops.front(), plan);
        continue;
      }
      Result<Group> group = placed(named);
      if (group.ok()) {
        plan.groups.push_back(*std::move(group));
      } else if (errors.size() < kMaxErrors) {
        errors.insert(errors.end(), group.errors().begin(), group.errors().end());
      }
    }
    if (!errors.empty()) return errors;
    explain(plan);
    return plan;
  }

 private:
  std::string name_of(OpId op) const { return in_quotes(graph_[op].results.front().name); }

  /// Names become ops, each in one place of the file.
  Status find_ops() {
    Errors errors;
    std::map<OpId, std::string> seen;
    const auto find = [&](const CachedName& wanted, OpId& op) {
      const Result<OpId> found = names_.find(wanted);
      if (!found.ok()) {
        if (errors.size() < kMaxErrors) errors.push_back(found.error());
        return false;
      }
      op = *found;
      const auto [at, is_new] = seen.emplace(op, wanted.where);
      if (!is_new && errors.size() < kMaxErrors) {
        errors.push_back({.message = name_of(op) + " is in the file twice",
                          .where = wanted.where,
                          .hint = "the first place is " + at->second});
      }
      return is_new;
    };
    OpId op;
    for (const CachedGroup& cached : options_.given->groups) {
      NamedGroup named{.cached = &cached};
      for (const CachedName& loc : cached.locs) {
        if (!find(loc, op)) continue;
        check_member(loc, op, named, errors);
        group_of_[op.index] = groups_.size();
        named.ops.push_back(op);
      }
      groups_.push_back(std::move(named));
    }
    for (const CachedName& alone : options_.given->alone)
      find(alone, op);
    if (!errors.empty()) return errors;
    return Ok{};
  }

  /// Whether an op can be in a group, and at this place of it.
  void check_member(const CachedName& loc, OpId op, const NamedGroup& named, Errors& errors) const {
    if (errors.size() >= kMaxErrors) return;
    const bool is_group = named.cached->locs.size() > 1;
    if (const LocalAnswer obstacle = group_obstacle(graph_, op, options_.support);
        obstacle && is_group) {
      const std::vector<GroupSwitch>& switches = group_switches();
      const bool is_switch =
          std::any_of(switches.begin(), switches.end(),
                      [&](const GroupSwitch& entry) { return entry.name == obstacle->rule; });
      errors.push_back(
          {.message = fmt::format("{} can be in no group: {}", name_of(op), obstacle->reason),
           .where = loc.where,
           .hint = is_switch ? fmt::format("turn on {}", obstacle->rule)
                             : "give it a GlobalLayer of its own"});
    }
    for (const OpId earlier : named.ops) {
      for (const Value input : graph_[earlier].inputs) {
        if (input.op != op) continue;
        errors.push_back({.message = fmt::format("{} comes after {}, which reads it", name_of(op),
                                                 name_of(earlier)),
                          .where = loc.where,
                          .hint = "write producers first"});
        return;
      }
    }
  }

  /// Groups of another compiler as far as they are possible here; nothing of them is an error.
  Result<Plan> foreign_plan() {
    for (FittedGroups::Part& part : fit_groups(graph_, options_.support, *options_.given).parts) {
      groups_.push_back(
          {.cached = &options_.given->groups[part.group], .ops = std::move(part.ops)});
    }
    std::vector<std::size_t> units = units_in_order();
    while (units.size() < groups_.size() + op_of_unit_.size()) {
      // Some groups need each other's results: the first of them is given up.
      std::vector<bool> is_ordered(groups_.size(), false);
      for (const std::size_t unit : units) {
        if (unit < groups_.size()) is_ordered[unit] = true;
      }
      const auto stuck = std::find(is_ordered.begin(), is_ordered.end(), false);
      TPU_CHECK(stuck != is_ordered.end(), "single ops are stuck without a group");
      groups_.erase(groups_.begin() + (stuck - is_ordered.begin()));
      units = units_in_order();
    }
    Plan plan;
    for (const std::size_t unit : units) {
      if (unit < groups_.size()) {
        add_fitting(groups_[unit], plan);
      } else {
        add_alone(op_of_unit_[unit - groups_.size()], plan);
      }
    }
    explain(plan);
    return plan;
  }

  /// The group in the slices of the file, in others, or else in halves.
  void add_fitting(const NamedGroup& named, Plan& plan) {
    if (named.ops.size() == 1) {
      group_of_[named.ops.front().index] = kNone;
      add_alone(named.ops.front(), plan);
      return;
    }
    for (const bool as_in_file : {true, false}) {
      if (as_in_file && !named.cached->slices) continue;
      if (std::optional<Group> group = placed_in(named, as_in_file)) {
        plan.groups.push_back(*std::move(group));
        return;
      }
    }
    const auto middle = named.ops.begin() + std::ssize(named.ops) / 2;
    add_fitting({.cached = named.cached, .ops = {named.ops.begin(), middle}}, plan);
    add_fitting({.cached = named.cached, .ops = {middle, named.ops.end()}}, plan);
  }

  std::optional<Group> placed_in(const NamedGroup& named, bool as_in_file) const {
    const GroupGraph graph = group_graph(graph_, named.ops);
    GroupOptions options = options_;
    if (as_in_file) options.slices = named.cached->slices;
    CandidatePricer pricer(chip_, graph, options);
    Trial trial = pricer.trial(0, named.ops.size() - 1);
    if (!trial.candidate || trial.candidate->schedule.rows.empty()) return std::nullopt;
    trial = placed_trial(chip_, graph, options, trial.candidate->slices);
    if (!trial.candidate) return std::nullopt;
    return group_of(graph, *trial.candidate);
  }

  /// Groups and, numbered after them, single ops; those that need each other are left out.
  std::vector<std::size_t> units_in_order() {
    op_of_unit_.clear();
    std::fill(group_of_.begin(), group_of_.end(), kNone);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      for (const OpId op : groups_[g].ops)
        group_of_[op.index] = g;
    }
    std::vector<std::size_t> unit_of(graph_.size(), 0);
    for (const OpId op : order_) {
      if (group_of_[op.index] != kNone) {
        unit_of[op.index] = group_of_[op.index];
        continue;
      }
      unit_of[op.index] = groups_.size() + op_of_unit_.size();
      op_of_unit_.push_back(op);
    }
    return ordered_units(graph_, order_, unit_of);
  }

  /// Groups in execution order; the numbers after theirs are single ops.
  Result<std::vector<std::size_t>> ordered() {
    std::vector<std::size_t> units = units_in_order();
    if (units.size() == groups_.size() + op_of_unit_.size()) return units;
    std::vector<bool> is_ordered(groups_.size() + op_of_unit_.size(), false);
    for (const std::size_t unit : units)
      is_ordered[unit] = true;
    Errors errors;
    for (std::size_t g = 0; g < groups_.size() && errors.size() < kMaxErrors; ++g) {
      if (!is_ordered[g]) interrupted(g, errors);
    }
    if (errors.empty()) {
      const auto stuck = std::find(is_ordered.begin(), is_ordered.end(), false);
      const auto g = static_cast<std::size_t>(stuck - is_ordered.begin());
      errors.push_back({.message = "the group and others need each other's results",
                        .where = groups_.at(g).cached->where,
                        .hint = "cut one of them in two"});
    }
    return errors;
  }

  /// Ops between those of a group that are not in it.
  void interrupted(std::size_t group, Errors& errors) const {
    std::vector<bool> is_behind(graph_.size(), false);  // reached from the group by way of others
    for (const OpId op : order_) {
      const bool is_member = group_of_[op.index] == group;
      for (const Value input : graph_[op].inputs) {
        const bool from_member = group_of_[input.op.index] == group;
        if (!is_member) {
          is_behind[op.index] = is_behind[op.index] || from_member || is_behind[input.op.index];
        } else if (!from_member && is_behind[input.op.index]) {
          errors.push_back({.message = fmt::format("the group is not contiguous: {} is between "
                                                   "its ops, and {} needs its result",
                                                   name_of(input.op), name_of(op)),
                            .where = groups_[group].cached->where,
                            .hint = "add what is between, or cut the group there"});
          return;
        }
      }
    }
  }

  void add_alone(OpId op, Plan& plan) const {
    const auto found = alone_.find(op);
    if (found != alone_.end()) plan.groups.push_back(found->second);
  }

  Result<Group> placed(const NamedGroup& named) const {
    const GroupGraph graph = group_graph(graph_, named.ops);
    GroupOptions options = options_;
    options.image_by_image = named.cached->image_by_image;
    if (named.cached->slices) options.slices = named.cached->slices;
    CandidatePricer pricer(chip_, graph, options);
    Trial trial = pricer.trial(0, named.ops.size() - 1);
    if (trial.candidate) {
      if (trial.candidate->schedule.rows.empty()) {
        return Error{.message = "the group computes nothing", .where = named.cached->where};
      }
      trial = placed_trial(chip_, graph, options, trial.candidate->slices);
      if (trial.candidate) return group_of(graph, *trial.candidate);
    }
    if (!trial.reason.empty()) {
      return Error{.message = "this can be no group: " + trial.reason,
                   .where = named.cached->where,
                   .hint = hint_for(named)};
    }
    return Error{.message = fmt::format("the group does not fit local memory{}: {} bytes per lane "
                                        "are missing",
                                        options.slices ? " in these slices" : ", however sliced",
                                        trial.missing_bytes),
                 .where = named.cached->where,
                 .hint = hint_for(named)};
  }

  /// The slices that the planner would take.
  std::string hint_for(const NamedGroup& named) const {
    if (named.cached->slices && !options_.slices) {
      const GroupGraph graph = group_graph(graph_, named.ops);
      CandidatePricer pricer(chip_, graph, options_);
      const Trial trial = pricer.trial(0, named.ops.size() - 1);
      if (trial.candidate) {
        const Trial placed = placed_trial(chip_, graph, options_, trial.candidate->slices);
        if (placed.candidate) {
          return "shape_secs " + list_text(placed.candidate->slices) + " would do";
        }
      }
    }
    return "cut the group in two";
  }

  /// Every op alone that could be in a group is there because the file says so.
  void explain(Plan& plan) const {
    for (const OpId op : order_) {
      if (!is_executed(graph_[op])) continue;
      if (group_of_[op.index] != kNone && groups_[group_of_[op.index]].ops.size() > 1) continue;
      if (const LocalAnswer obstacle = group_obstacle(graph_, op, options_.support)) {
        plan.decisions.push_back({.kind = GroupDecision::Kind::kNoLocalForm,
                                  .op = op,
                                  .rule = std::string(obstacle->rule),
                                  .text = std::string(obstacle->reason)});
      } else {
        plan.decisions.push_back({.kind = GroupDecision::Kind::kLimit,
                                  .op = op,
                                  .text = "the file of groups has it alone"});
      }
    }
  }

  const Graph& graph_;
  const Chip& chip_;
  const GroupOptions& options_;
  std::vector<OpId> order_;
  OpNames names_;
  std::vector<std::size_t> group_of_;  ///< per op id
  std::map<OpId, Group> alone_{};
  std::vector<NamedGroup> groups_{};
  std::vector<OpId> op_of_unit_{};  ///< of units after the groups
};

}  // namespace

Result<Plan> plan_given_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               Plan alone) {
  if (options.method.value_or(GroupMethod::kAlone) == GroupMethod::kAlone) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "groups are given, but ops are to be alone",
                 .hint = "turn on the switch layer_group"};
  }
  return GivenPlanner(graph, chip, options, std::move(alone)).plan();
}

}  // namespace tpuscope
