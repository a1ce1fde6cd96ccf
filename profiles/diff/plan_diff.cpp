// Joining by name, then what a user wants to know of each place where the plans part.

#include "profiles/diff/plan_diff.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <span>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/planner/compiler_names.h"

namespace tpuscope {
namespace {

/// Why the planner has an op outside, or begins a group with it.
std::string decision_text(const DecisionRow& decision) {
  switch (decision.kind) {
    case GroupDecision::Kind::kNoLocalForm:
    case GroupDecision::Kind::kLimit:
      return decision.text;
    case GroupDecision::Kind::kDoesNotFit:
      return fmt::format("{} per lane missing", bytes_text(decision.bytes));
    case GroupDecision::Kind::kCostsMore:
      return fmt::format("{} longer together", time_text(decision.cost));
  }
  return "";
}

class PlanMatcher {
 public:
  PlanMatcher(const Profile& ours, const CompilerPlan& theirs) : ours_(ours), theirs_(theirs) {
    diff_.ours = &ours;
    diff_.theirs = &theirs;
    const auto& groups = ours.simulation.plan.groups;
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
      for (const OpId op : groups[g].ops())
        group_of_[op] = g;
    }
    for (const DecisionRow& decision : ours.report.decisions)
      decision_of_.emplace(decision.op, &decision);
  }

  PlanDiff run() {
    find_ops();
    for (std::size_t u = 0; u < theirs_.units.size(); ++u)
      diff_.units.push_back(unit_row(u));
    compare_neighbours();
    compare_slices();
    make_op_rows();
    return std::move(diff_);
  }

 private:
  void find_ops() {
    const CompilerNames names(ours_.graph);
    for (std::size_t u = 0; u < theirs_.units.size(); ++u) {
      for (const RecordedOp& recorded : theirs_.units[u].ops) {
        ++diff_.names.ops;
        const std::optional<OpId> op = names.find(recorded.name);
        op_of_[&recorded] = op;
        if (op) {
          ++diff_.names.matched;
          unit_of_.emplace(*op, u);
          unit_ops_[u].push_back(*op);
        } else if (recorded.code == "tpu.Cast" || is_cast_name(recorded.name)) {
          ++diff_.names.casts;
        } else {
          diff_.names.unmatched.push_back(recorded.name);
        }
      }
    }
  }

  /// Parts of one op that follow each other are no neighbours.
  void compare_neighbours() {
    std::optional<std::pair<OpId, std::size_t>> before;
    for (std::size_t u = 0; u < theirs_.units.size(); ++u) {
      for (const RecordedOp& recorded : theirs_.units[u].ops) {
        const std::optional<OpId> op = op_of_.at(&recorded);
        if (!op || !group_of_.contains(*op)) continue;
        if (before && before->first != *op) {
          const bool is_together = group_of_.at(before->first) == group_of_.at(*op);
          ++diff_.likeness.neighbours;
          if (is_together == (before->second == u)) ++diff_.likeness.alike;
        }
        before = {*op, u};
      }
    }
  }

  void compare_slices() {
    for (const PlanUnitRow& row : diff_.units) {
      const bool is_same = row.match == UnitMatch::kSame || row.match == UnitMatch::kResliced;
      if (!is_same || !theirs_.units[row.unit].slices) continue;
      if (ours_.simulation.plan.groups[row.groups.front()].layers() == nullptr) continue;
      ++diff_.likeness.same_groups;
      if (row.match == UnitMatch::kSame) ++diff_.likeness.same_slices;
    }
  }

  std::string op_name(OpId op) const { return ours_.graph[op].results.front().name; }

  PlanUnitRow unit_row(std::size_t u) {
    PlanUnitRow row{.unit = u};
    std::map<std::uint32_t, std::vector<OpId>> by_group;
    for (const OpId op : unit_ops_[u]) {
      const auto group = group_of_.find(op);
      if (group == group_of_.end()) continue;
      ++row.matched;
      by_group[group->second].push_back(op);
    }
    for (const auto& [group, unused] : by_group)
      row.groups.push_back(group);
    if (row.groups.empty()) return row;
    const OpId* more = first_of_others(u, row.groups);
    const bool is_cut = row.groups.size() > 1;
    if (is_cut) {
      row.match = more == nullptr ? UnitMatch::kCut : UnitMatch::kMixed;
      row.reason = cut_reason(by_group);
      if (row.reason.text.empty() && more != nullptr) row.reason = joined_reason(*more);
    } else if (more != nullptr) {
      row.match = UnitMatch::kJoined;
      row.reason = joined_reason(*more);
    } else {
      describe_slices(row);
    }
    return row;
  }

  /// An op in these groups of ours that the compiler runs in another unit. Cores may run parts of
  /// one op in several units.
  const OpId* first_of_others(std::size_t u, const std::vector<std::uint32_t>& groups) const {
    const std::vector<OpId>& own = unit_ops_.at(u);
    for (const std::uint32_t group : groups) {
      for (const OpId& op : ours_.simulation.plan.groups[group].ops()) {
        if (!unit_of_.contains(op) || std::find(own.begin(), own.end(), op) != own.end()) continue;
        return &op;
      }
    }
    return nullptr;
  }

  /// What the planner says of one of these ops, if anything.
  std::optional<PlanReason> decided(std::span<const OpId> ops) const {
    for (const OpId op : ops) {
      const auto decision = decision_of_.find(op);
      if (decision != decision_of_.end()) {
        return PlanReason{decision_text(*decision->second), op_name(op)};
      }
    }
    return std::nullopt;
  }

  /// Of the first op that is outside or begins a group; else of the op with which a group of ours
  /// begins though the compiler has it elsewhere.
  PlanReason cut_reason(const std::map<std::uint32_t, std::vector<OpId>>& by_group) const {
    const auto& groups = ours_.simulation.plan.groups;
    for (const auto& [group, ops] : by_group) {
      const bool begins_there =
          group == by_group.begin()->first && groups[group].layers() != nullptr;
      if (begins_there) continue;
      if (auto reason = decided(ops)) return *std::move(reason);
    }
    for (auto at = std::next(by_group.begin()); at != by_group.end(); ++at) {
      if (auto reason = decided(groups[at->first].ops().first(1))) return *std::move(reason);
    }
    return {};
  }

  PlanReason joined_reason(OpId more) const {
    const RecordedUnit& unit = theirs_.units[unit_of_.at(more)];
    return {unit.is_group ? "in another group there" : "alone there", op_name(more)};
  }

  void describe_slices(PlanUnitRow& row) const {
    const RecordedUnit& unit = theirs_.units[row.unit];
    const LayerGroup* layers = ours_.simulation.plan.groups[row.groups.front()].layers();
    row.match = UnitMatch::kSame;
    if (layers == nullptr || !unit.slices || layers->secs == *unit.slices) return;
    row.match = UnitMatch::kResliced;
    row.reason.text =
        fmt::format("{} slices there, {} here", product_of(*unit.slices), product_of(layers->secs));
  }

  void make_op_rows() {
    std::map<OpId, std::size_t> row_of;
    const auto row_for = [&](OpId op) -> PlanOpRow& {
      const auto [at, is_new] = row_of.emplace(op, diff_.ops.size());
      if (is_new) diff_.ops.push_back({.op = op, .graph = &ours_.graph});
      return diff_.ops[at->second];
    };
    for (const Command& command : ours_.simulation.program.commands) {
      if (command.kind == CommandKind::kSystem || command.op == kNone) continue;
      row_for(OpId{command.op}).ours.add(command.engine, command.direction, command.bytes);
      diff_.our_total.add(command.engine, command.direction, command.bytes);
    }
    for (const RecordedUnit& unit : theirs_.units) {
      for (const RecordedOp& recorded : unit.ops) {
        const std::optional<OpId> op = op_of_.at(&recorded);
        PlanOpRow& row = op ? row_for(*op) : diff_.ops.emplace_back();
        row.recorded.push_back(&recorded);
        row.theirs += recorded.figures;
      }
    }
    for (PlanOpRow& row : diff_.ops)
      row.reason = op_reason(row);
    std::stable_sort(diff_.ops.begin(), diff_.ops.end(), [](const auto& a, const auto& b) {
      const auto key = [](const PlanOpRow& row) {
        return std::pair{std::abs(row.more_bytes()), std::abs(row.more_commands())};
      };
      return key(a) > key(b);
    });
  }

  /// Whether the op is by itself, on our side.
  bool is_alone(OpId op) const {
    const auto group = group_of_.find(op);
    return group != group_of_.end() &&
           ours_.simulation.plan.groups[group->second].layers() == nullptr;
  }

  PlanReason op_reason(const PlanOpRow& row) const {
    if (!row.op) {
      return {is_cast_name(row.name()) ? "a cast that is not here" : "no such op here", ""};
    }
    if (row.recorded.empty()) return {"no such op there", ""};
    if (row.more_bytes() == 0 && row.more_commands() == 0) return {};
    const auto unit = unit_of_.find(*row.op);
    const bool is_alone_there = unit != unit_of_.end() && !theirs_.units[unit->second].is_group;
    if (is_alone(*row.op) && !is_alone_there) {
      const auto decision = decision_of_.find(*row.op);
      const std::string because =
          decision == decision_of_.end() ? "" : ": " + decision_text(*decision->second);
      return {"alone here" + because, ""};
    }
    if (!is_alone(*row.op) && is_alone_there) return {"alone there", ""};
    return {slices_text(*row.op), ""};
  }

  /// Of an op that is alone on both sides, or in groups.
  std::string slices_text(OpId op) const {
    const auto group = group_of_.find(op);
    const auto unit = unit_of_.find(op);
    if (group == group_of_.end() || unit == unit_of_.end()) return "";
    const LayerGroup* layers = ours_.simulation.plan.groups[group->second].layers();
    const std::optional<SliceCounts>& slices = theirs_.units[unit->second].slices;
    if (layers == nullptr) return "cut in other tiles";
    if (slices && product_of(*slices) != product_of(layers->secs)) {
      return fmt::format("{} slices here, {} there", product_of(layers->secs), product_of(*slices));
    }
    const bool is_same = diff_.units[unit->second].match == UnitMatch::kSame;
    return is_same ? "other commands" : "other borders of groups";
  }

  const Profile& ours_;
  const CompilerPlan& theirs_;
  PlanDiff diff_{};
  std::map<OpId, std::uint32_t> group_of_{};
  std::map<OpId, const DecisionRow*> decision_of_{};
  std::map<const RecordedOp*, std::optional<OpId>> op_of_{};
  std::map<OpId, std::size_t> unit_of_{};
  std::map<std::size_t, std::vector<OpId>> unit_ops_{};
};

}  // namespace

std::string_view name_of(UnitMatch match) {
  constexpr std::string_view kNames[] = {"same",   "other slices",   "cut",
                                         "joined", "cut and joined", "unknown"};
  return kNames[static_cast<std::size_t>(match)];
}

const std::string& PlanOpRow::name() const {
  return op ? (*graph)[*op].results.front().name : recorded.front()->name;
}

std::int64_t PlanOpRow::more_bytes() const {
  return ours.read + ours.written - theirs.read - theirs.written;
}

std::int64_t PlanOpRow::more_commands() const {
  return ours.commands[0] + ours.commands[1] - theirs.commands[0] - theirs.commands[1];
}

Result<PlanDiff> diff_plans(const Profile& ours, const Chip& chip, const CompilerPlan& theirs) {
  PlanDiff diff = PlanMatcher(ours, theirs).run();
  if (const std::optional<Chip> estimated = as_estimated(chip)) {
    TPU_TRY(const Simulation simulation, simulate(ours.graph, *estimated, ours.simulation.plan));
    const Picoseconds time = simulation.timeline.makespan - simulation.timeline.launch;
    diff.our_estimate = std::llround(static_cast<double>(time.value) * chip.clock.tiu_mhz * 1e-6);
  }
  if (theirs.compiled != nullptr) {
    TPU_TRY(const Chip own, chip_of(own_configuration(*theirs.compiled)));
    TPU_TRY(const Simulation simulation, simulate(*theirs.compiled, own));
    diff.their_time = simulation.timeline.makespan;
  }
  return diff;
}

GroupedOps grouped_ops(const Profile& ours) {
  GroupedOps sum;
  for (const Group& group : ours.simulation.plan.groups) {
    if (group.layers() == nullptr) continue;
    ++sum.groups;
    sum.ops += group.ops().size();
  }
  return sum;
}

GroupedOps grouped_ops(const CompilerPlan& theirs) {
  GroupedOps sum;
  for (const RecordedUnit& unit : theirs.units) {
    if (!unit.is_group) continue;
    ++sum.groups;
    sum.ops += unit.ops.size();
  }
  return sum;
}

std::string_view figures_text(CompilerPlan::Figures figures) {
  switch (figures) {
    case CompilerPlan::Figures::kStream:
      return "the compiled model";
    case CompilerPlan::Figures::kEstimate:
      return "the compiler's estimate";
    case CompilerPlan::Figures::kUnknown:
      break;
  }
  return "nowhere: the folder has neither a compiled model nor an estimate";
}

}  // namespace tpuscope
