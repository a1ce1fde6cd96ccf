// From a network to groups: maximal runs of ops that have a local form, a search within each run,
// and the reasons for what stays apart.

#include "passes/planner/plan_groups.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "base/check.h"
#include "passes/lower/ddr_tensors.h"
#include "passes/lower/run_outline.h"
#include "passes/lower/simulator.h"
#include "passes/planner/execution_order.h"
#include "passes/planner/given_groups.h"
#include "passes/planner/placed_group.h"
#include "passes/planner/plan_memo.h"
#include "passes/planner/plan_single_ops.h"
#include "passes/planner/search.h"

namespace tpuscope {
namespace {

/// Cuts of a run that are made with the times that placed groups of earlier ones took.
constexpr int kMostRecuts = 6;

/// Ops among which cuts are searched at once, and the most that one group may have: what a search
/// takes grows with the square of its ops. Networks of today have runs of up to 300.
constexpr std::size_t kLongestSearch = 512;

/// A network on its way to a plan.
struct PlanTask {
  const Graph& graph;
  const NetworkFacts& facts;
  const std::vector<OpId>& order;  ///< that of compiler_order()
  PlanMemo& memo;

  OpsToPlan ops() const { return {graph, facts, order}; }
};

/// By whose prices groups are chosen, and what ops that are alone are expected to take by these.
struct Deciding {
  const Chip* chip = nullptr;
  TrialMemo* trials = nullptr;  ///< of that chip
  std::vector<SingleOpTime> alone{};
};

class GroupPlanner {
 public:
  GroupPlanner(const PlanTask& task, const Deciding& deciding, const GroupOptions& options)
      : task_(task),
        graph_(task.graph),
        chip_(*deciding.chip),
        options_(options),
        memo_(*deciding.trials),
        alone_(task.graph.size()) {
    for (const SingleOpTime& alone : deciding.alone)
      alone_[alone.op.index] = alone.time;
  }

  /// `order`: a topological one.
  Plan plan(const std::vector<OpId>& order) {
    classes_ = memo_.classes_of(graph_, task_.facts, order, options_);
    std::vector<OpId> run;
    for (const OpId id : order) {
      const LayoutRule layout = graph_[id].def->layout;
      if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
      const LocalAnswer& obstacle = classes_[id.index]->obstacle;
      if (!obstacle) {
        run.push_back(id);
        continue;
      }
      finish(run);
      plan_.decisions.push_back({.kind = GroupDecision::Kind::kNoLocalForm,
                                 .op = id,
                                 .rule = std::string(obstacle->rule),
                                 .text = std::string(obstacle->reason)});
      add_alone(id);
    }
    finish(run);
    return std::move(plan_);
  }

 private:
  /// Ops of a run, and what the memo knows them by.
  struct Run {
    const GroupGraph& graph;
    std::vector<std::uint32_t> classes{};
  };

  void add_alone(OpId id) {
    if (!alone_[id.index]) return;
    plan_.groups.push_back(single_op_group(task_.ops(), id, task_.memo.single_ops));
    plan_.groups.back().estimate = *alone_[id.index];
  }

  /// The first parts of a cut, and all that was decided about it.
  void take(std::span<const OpId> run, const RunOutline& outline, const PlacedCut& cut,
            std::size_t parts) {
    for (std::size_t i = 0; i < parts; ++i) {
      const PlacedCut::Part& part = cut.parts[i];
      const std::span<const OpId> ops = run.subspan(part.first, part.last - part.first + 1);
      if (part.group != nullptr) {
        plan_.groups.push_back(
            group_of(ops, touched_values(outline, part.first, part.last), *part.group));
        continue;
      }
      for (const OpId id : ops)
        add_alone(id);
    }
    for (const PlacedCut::Decision& decision : cut.decisions) {
      plan_.decisions.push_back(decision.decision);
      plan_.decisions.back().op = run[decision.position];
    }
  }

  /// Runs beyond kLongestSearch are planned from their beginning, piece by piece. Where a piece
  /// ends is no reason to end a group: the next one begins with the piece's last segment.
  void finish(std::vector<OpId>& run) {
    for (std::span<const OpId> rest = run; !rest.empty();) {
      const std::span<const OpId> piece = rest.first(std::min(rest.size(), kLongestSearch));
      const RunOutline outline = outline_of(graph_, task_.facts, piece);
      const PlacedCut& cut = cut_of(piece, outline);
      const bool goes_on = piece.size() < rest.size() && cut.parts.back().first > 0;
      take(piece, outline, cut, cut.parts.size() - (goes_on ? 1 : 0));
      rest = rest.subspan(goes_on ? cut.parts.back().first : piece.size());
    }
    run.clear();
  }

  /// Networks repeat their blocks, and a what-if changes few of them: equal runs are searched once.
  const PlacedCut& cut_of(std::span<const OpId> run, const RunOutline& outline) {
    std::vector<std::uint32_t> classes;
    std::vector<std::int64_t> alone;
    for (const OpId id : run) {
      classes.push_back(classes_[id.index]->number);
      alone.push_back(alone_[id.index].value_or(Picoseconds{}).value);
    }
    TrialMemo::Key key = TrialMemo::key_of_run(outline, classes, alone, options_);
    if (const PlacedCut* known = memo_.find_cut(key)) return *known;
    const GroupGraph graph = group_graph(graph_, run);
    return memo_.add_cut(std::move(key), searched({graph, std::move(classes)}, std::move(alone)));
  }

  PlacedCut searched(const Run& whole, std::vector<std::int64_t> alone) {
    // A search judges by samples; addresses may need finer slices. So the simpler searches' cuts
    // are realised as well, and the fastest is taken.
    std::optional<PlacedCut> best;
    const auto consider = [&](TrialTable& table, GroupMethod method) {
      PlacedCut realised = realise(whole, table, method);
      if (!best || realised.time < best->time) best = std::move(realised);
    };
    if (options_.method == GroupMethod::kOptimal) {
      CandidatePricer pricer(chip_, whole.graph, options_);
      TrialTable table(pricer, whole.graph, options_, alone, memo_, whole.classes);
      consider(table, GroupMethod::kOptimal);
    }
    GroupOptions quick = options_;
    if (quick.method == GroupMethod::kOptimal) quick.method = GroupMethod::kDp;
    CandidatePricer pricer(chip_, whole.graph, quick);
    TrialTable table(pricer, whole.graph, quick, std::move(alone), memo_, whole.classes);
    for (const GroupMethod method : simpler_methods(*quick.method))
      consider(table, method);
    return *std::move(best);
  }

  /// Ranges that turn out to have no place are rejected, those that take longer than the search
  /// believed are priced anew, and the rest is cut again. The fastest of these cuts is taken.
  PlacedCut realise(const Run& run, TrialTable& table, GroupMethod method) const {
    std::optional<PlacedCut> best;
    for (int cuts_with_places = 0; cuts_with_places < kMostRecuts;) {
      const Cut cut = cut_by(method, table);
      PlacedCut realised;
      bool is_placed = true;
      bool is_as_priced = true;
      for (std::size_t i = 0; i < cut.segments.size(); ++i) {
        const Segment& segment = cut.segments[i];
        if (i > 0) explain_cut(table, cut.segments[i - 1], segment, realised);
        if (!add_segment(run, segment, table, realised)) {
          table.reject(segment.first, segment.last);
          is_placed = false;
        } else if (table.segment(segment.first, segment.last).time > segment.time) {
          is_as_priced = false;
        }
      }
      if (!is_placed) continue;
      ++cuts_with_places;
      if (!best || realised.time < best->time) best = std::move(realised);
      if (is_as_priced) break;
    }
    return *std::move(best);
  }

  /// The method and those whose cuts it tries besides, which take less time.
  static std::vector<GroupMethod> simpler_methods(GroupMethod method) {
    switch (method) {
      case GroupMethod::kAlone:
        return {GroupMethod::kAlone};
      case GroupMethod::kGreedy:
        return {GroupMethod::kGreedy, GroupMethod::kAlone};
      case GroupMethod::kDp:
      case GroupMethod::kOptimal:
        return {GroupMethod::kDp, GroupMethod::kGreedy, GroupMethod::kAlone};
    }
    unreachable();
  }

  static Cut cut_by(GroupMethod method, TrialTable& table) {
    switch (method) {
      case GroupMethod::kAlone:
        return cut_none(table);
      case GroupMethod::kGreedy:
        return cut_greedy(table);
      case GroupMethod::kDp:
        return cut_dp(table);
      case GroupMethod::kOptimal:
        return cut_optimal(table);
    }
    unreachable();
  }

  /// False when a group of the segment cannot be placed. The table learns what a placed one takes.
  bool add_segment(const Run& run, const Segment& segment, TrialTable& table,
                   PlacedCut& realised) const {
    PlacedCut::Part part{segment.first, segment.last};
    std::int64_t time = table.alone(segment.first, segment.last);
    if (segment.group != nullptr) {
      const Trial& trial = placed(run, segment);
      if (!trial.candidate) return false;
      table.replace(segment.first, segment.last, trial);
      if (trial.candidate->time < time) {
        time = trial.candidate->time;
        part.group = &*trial.candidate;
      }
    }
    realised.time += time;
    realised.parts.push_back(part);
    return true;
  }

  const Trial& placed(const Run& run, const Segment& segment) const {
    TrialMemo::Key key = TrialMemo::key_of(run.graph, run.classes, {segment.first, segment.last},
                                           &segment.group->slices, TrialMemo::Question::kPlaced);
    if (const Trial* known = memo_.find(key)) return *known;
    std::vector<OpId> ops;
    for (std::size_t i = segment.first; i <= segment.last; ++i)
      ops.push_back(run.graph.ops[i].op);
    const GroupGraph part = group_graph(graph_, ops);
    return memo_.add(std::move(key), placed_trial(chip_, part, options_, segment.group->slices));
  }

  static void explain_cut(TrialTable& table, const Segment& left, const Segment& right,
                          PlacedCut& realised) {
    GroupDecision decision{.kind = GroupDecision::Kind::kCostsMore};
    if (table.computing(left.first, left.last) == 0 ||
        table.computing(right.first, right.last) == 0) {
      return;
    }
    if (table.exceeds_limit(left.first, right.last)) {
      decision.kind = GroupDecision::Kind::kLimit;
      decision.text = "the largest group that was allowed";
      realised.decisions.push_back({right.first, std::move(decision)});
      return;
    }
    const Trial& together = table.trial(left.first, right.last);
    if (together.candidate) {
      // Where no tensor would stay in local memory, one group is none, however fast.
      decision.cost = {
          std::max<std::int64_t>(0, together.candidate->time - left.time - right.time)};
      decision.text = decision.cost.value > 0 ? "one group would take longer"
                                              : "one group would be no faster for what it keeps";
    } else if (together.missing_bytes > 0) {
      decision.kind = GroupDecision::Kind::kDoesNotFit;
      decision.bytes = together.missing_bytes;
      decision.text = "one group does not fit local memory";
    } else {
      decision.kind = GroupDecision::Kind::kNoLocalForm;
      decision.rule = together.rule;
      decision.text = together.reason;
    }
    realised.decisions.push_back({right.first, std::move(decision)});
  }

  const PlanTask& task_;
  const Graph& graph_;
  const Chip& chip_;
  const GroupOptions& options_;
  TrialMemo& memo_;
  std::vector<std::optional<Picoseconds>> alone_;  ///< by op; free ops have no group
  std::vector<const OpClass*> classes_{};          ///< by op
  Plan plan_{};
};

/// What the simulated network takes.
std::int64_t simulated_time(const PlanTask& task, const Chip& chip, const Plan& plan) {
  const Result<Simulation> simulation =
      simulate(task.graph, chip, plan, task.facts, task.memo.lowered);
  return simulation.ok() ? simulation->timeline.makespan.value
                         : std::numeric_limits<std::int64_t>::max();
}

bool have_same_groups(const Plan& a, const Plan& b) {
  return std::equal(a.groups.begin(), a.groups.end(), b.groups.begin(), b.groups.end(),
                    [](const Group& x, const Group& y) {
                      const LayerGroup* group = x.layers();
                      const LayerGroup* other = y.layers();
                      const auto mine = x.ops();
                      const auto its = y.ops();
                      return std::equal(mine.begin(), mine.end(), its.begin(), its.end()) &&
                             x.estimate == y.estimate &&
                             (group == nullptr || other == nullptr || group->secs == other->secs);
                    });
}

/// The one whose simulation ends first; the first of two that are alike.
Plan faster(const PlanTask& task, const Chip& chip, Plan plan, Plan other) {
  const bool is_other = !have_same_groups(plan, other) &&
                        simulated_time(task, chip, other) < simulated_time(task, chip, plan);
  return is_other ? std::move(other) : std::move(plan);
}

std::int64_t expected_time(const Plan& plan) {
  std::int64_t sum = 0;
  for (const Group& group : plan.groups)
    sum += group.estimate.value;
  return sum;
}

/// A search that may do more is never slower than one that may do less, although both go by
/// estimates, which do not know what groups cost each other at their borders: of the plans of
/// simpler methods those are simulated that could turn out faster. `planned`: Plan(GroupMethod).
/// `alone`: what its ops are expected to take without groups.
template <typename Planned>
Plan kept_or_simpler(const PlanTask& task, const Chip& chip, Plan plan, GroupMethod method,
                     std::int64_t alone, const Planned& planned) {
  // Simulations differ from what is expected by a quarter of it at most.
  constexpr double kFarSlower = 1.5;
  const auto is_far_slower = [&](std::int64_t expected) {
    return static_cast<double>(expected) > kFarSlower * static_cast<double>(expected_time(plan));
  };
  std::optional<std::int64_t> time;
  for (const GroupMethod simpler : {GroupMethod::kDp, GroupMethod::kGreedy, GroupMethod::kAlone}) {
    const bool is_alone = simpler == GroupMethod::kAlone;
    if (simpler >= method || (is_alone && is_far_slower(alone))) continue;
    Plan other = planned(simpler);
    if (is_far_slower(expected_time(other)) || have_same_groups(plan, other)) continue;
    if (!time) time = simulated_time(task, chip, plan);
    const std::int64_t its = simulated_time(task, chip, other);
    if (its >= *time) continue;
    plan = std::move(other);
    time = its;
  }
  return plan;
}

/// The plan with its groups and decisions in the network's order, as far as they allow it.
Plan in_order(const Graph& graph, const std::vector<OpId>& order, const Plan& plan) {
  std::vector<std::size_t> unit_of(graph.size(), plan.groups.size());
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    for (const OpId op : plan.groups[g].ops())
      unit_of[op.index] = g;
  }
  // Ops without commands are units of their own: they only hand on.
  std::size_t units = plan.groups.size();
  std::vector<std::size_t> place(graph.size(), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i].index] = i;
    if (unit_of[order[i].index] == plan.groups.size()) unit_of[order[i].index] = units++;
  }
  Plan sorted{.decisions = plan.decisions};
  for (const std::size_t unit : ordered_units(graph, order, unit_of)) {
    if (unit < plan.groups.size()) sorted.groups.push_back(plan.groups[unit]);
  }
  TPU_CHECK(sorted.groups.size() == plan.groups.size(), "{} of {} groups can be ordered",
            sorted.groups.size(), plan.groups.size());
  std::stable_sort(sorted.decisions.begin(), sorted.decisions.end(),
                   [&](const GroupDecision& a, const GroupDecision& b) {
                     return place[a.op.index] < place[b.op.index];
                   });
  return sorted;
}

/// The same groups in the same slices, their timesteps by the prices of this chip.
Plan repriced(const PlanTask& task, const Chip& chip, const GroupOptions& options, Plan plan) {
  for (Group& group : plan.groups) {
    const LayerGroup* layers = group.layers();
    if (layers == nullptr) {
      group = single_op_group(task.ops(), group.ops().front(), task.memo.single_ops);
      continue;
    }
    const GroupGraph part = group_graph(task.graph, layers->ops);
    const Trial trial = placed_trial(chip, part, options, layers->secs);
    if (trial.candidate) group = group_of(part, *trial.candidate);
  }
  return plan;
}

/// The compiler's kernels cut an op that is alone as they are written, whatever it is expected to
/// take: plans have the tiles of `chip` and the estimates of who decides.
Result<Deciding> deciding_of(const PlanTask& task, const Chip& chip, const GroupOptions& options) {
  Deciding deciding{.chip = &chip, .trials = &task.memo.trials};
  TPU_TRY(deciding.alone, single_op_times(task.ops(), chip, task.memo.single_ops));
  if (options.plan_by != PlanBy::kCompiler) return deciding;
  EstimateMemo* estimate = task.memo.estimate(chip);
  if (estimate == nullptr) return deciding;
  const std::size_t ops = deciding.alone.size();
  deciding.chip = &estimate->chip;
  deciding.trials = &estimate->trials;
  TPU_TRY(deciding.alone, single_op_times(task.ops(), estimate->chip, estimate->single_ops));
  TPU_CHECK(deciding.alone.size() == ops, "two plans of one network differ in their ops");
  return deciding;
}

/// Groups by the prices of one of the two, in the network's order.
Result<Plan> searched_plan(const PlanTask& task, const Chip& chip, const GroupOptions& options) {
  const Graph& graph = task.graph;
  TPU_TRY(const Deciding deciding, deciding_of(task, chip, options));
  const auto planned = [&](GroupMethod method, const std::vector<OpId>& order) {
    GroupOptions asked = options;
    asked.method = method;
    Plan plan = GroupPlanner(task, deciding, asked).plan(order);
    plan.overlaps_groups = options.overlap;
    plan.max_commands = options.max_commands;
    return plan;
  };
  if (options.order != nullptr) return planned(*options.method, order_like(graph, *options.order));
  Plan plan = planned(*options.method, task.order);
  const auto kept = [&] {
    std::int64_t alone = 0;
    for (const SingleOpTime& op : deciding.alone)
      alone += op.time.value;
    return kept_or_simpler(task, chip, std::move(plan), *options.method, alone,
                           [&](GroupMethod method) { return planned(method, task.order); });
  };
  // What the compiler's estimate decides is what the compiler makes, faster or not.
  if (options.method != GroupMethod::kOptimal)
    return options.plan_by == PlanBy::kSilicon ? kept() : plan;
  std::vector<bool> is_local(graph.size(), false);
  for (const OpId op : task.order)
    is_local[op.index] = !group_obstacle(graph, op, options.support);
  // The search takes seconds: only where runs get longer.
  const std::size_t runs = count_runs(graph, task.order, is_local);
  for (const std::vector<OpId>& other : other_orders(graph, task.order, is_local)) {
    if (count_runs(graph, other, is_local) >= runs) continue;
    Plan found = planned(GroupMethod::kOptimal, other);
    if (expected_time(found) >= expected_time(plan)) continue;
    plan = in_order(graph, task.order, found);
    plan.overlaps_groups = options.overlap;
    plan.max_commands = options.max_commands;
  }
  return kept();
}

}  // namespace

bool may_differ_by_silicon(const Chip& chip) {
  return chip.array.cores > 1 || as_estimated(chip);
}

Result<Plan> plan_layer_groups(const Graph& graph, const Chip& chip, const GroupOptions& options,
                               PlanMemo* memo, const NetworkFacts* facts) {
  // Checked before tiling, which takes long for tensors that are too large.
  TPU_TRY_STATUS(check_ddr(resident_bytes(graph), chip));
  std::optional<PlanMemo> own;
  if (memo == nullptr) memo = &own.emplace();
  std::optional<NetworkFacts> own_facts;
  if (facts == nullptr) facts = &own_facts.emplace(graph, *memo->signatures);
  const std::vector<OpId> order = compiler_order(graph);
  const PlanTask task{graph, *facts, order, *memo};
  if (options.given != nullptr) {
    TPU_TRY(Plan alone, plan_single_ops(task.ops(), chip, memo->single_ops));
    TPU_TRY(const Deciding deciding, deciding_of(task, chip, options));
    for (std::size_t g = 0; g < alone.groups.size(); ++g)
      alone.groups[g].estimate = deciding.alone.at(g).time;
    TPU_TRY(Plan given, plan_given_groups(graph, *deciding.chip, options, std::move(alone)));
    given.overlaps_groups = options.overlap;
    return given;
  }
  if (options.method.value_or(GroupMethod::kAlone) == GroupMethod::kAlone) {
    return plan_single_ops(task.ops(), chip, memo->single_ops);
  }
  TPU_TRY(Plan plan, searched_plan(task, chip, options));
  if (options.plan_by == PlanBy::kCompiler || !may_differ_by_silicon(chip)) return plan;
  // Who knows what silicon takes can always do what the compiler does.
  GroupOptions as_compiler = options;
  as_compiler.plan_by = PlanBy::kCompiler;
  TPU_TRY(Plan theirs, searched_plan(task, chip, as_compiler));
  return faster(task, chip, std::move(plan), repriced(task, chip, options, std::move(theirs)));
}

}  // namespace tpuscope
