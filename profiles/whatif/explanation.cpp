// Sums over the commands of one subject.

#include "profiles/whatif/explanation.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/figures.h"
#include "base/text.h"
#include "passes/planner/plan_groups.h"
#include "sim/engine/engine.h"

namespace tpuscope {
namespace {

/// What is collected about the commands of every subject.
class Collector {
 public:
  Collector(const Profile& profile, const Chip& chip)
      : profile_(profile),
        chip_(chip),
        program_(profile.simulation.program),
        timeline_(profile.simulation.timeline),
        awaited_(awaited_commands(program_)) {}

  /// Commands for which `is_own` holds, and the charges that are theirs.
  template <typename IsOwn>
  void collect(const IsOwn& is_own, Explanation& explanation) const {
    std::map<std::string, RuleShare> rules;
    std::map<std::pair<std::string, std::string_view>, WaitShare> waits;
    bool is_first = true;
    for (std::uint32_t i = 0; i < program_.commands.size(); ++i) {
      if (!is_own(i)) continue;
      add_rule(i, rules);
      add_wait(i, waits);
      explanation.begin =
          is_first ? timeline_.start[i] : std::min(explanation.begin, timeline_.start[i]);
      explanation.end = std::max(explanation.end, timeline_.end[i]);
      is_first = false;
    }
    for (auto& [name, share] : rules)
      explanation.rules.push_back(std::move(share));
    for (auto& [key, share] : waits)
      explanation.waits.push_back(std::move(share));
    std::stable_sort(explanation.rules.begin(), explanation.rules.end(),
                     [](const RuleShare& a, const RuleShare& b) { return a.total() > b.total(); });
    std::stable_sort(explanation.waits.begin(), explanation.waits.end(),
                     [](const WaitShare& a, const WaitShare& b) { return a.time > b.time; });
    for (const Charge& charge : profile_.charges) {
      if (charge.command != kNone && is_own(charge.command)) {
        add_charge(explanation.charged, charge, program_);
      }
    }
    if (profile_.simulation.banks) count_banks(is_own, explanation.banks);
    for (const PathStep& step : critical_path(program_, timeline_, chip_)) {
      if (is_own(step.command)) explanation.on_path += step.latency + step.length;
    }
  }

  std::string name_of_op(std::uint32_t command) const {
    return profile_.graph[OpId{program_.commands[command].op}].name;
  }

 private:
  template <typename IsOwn>
  void count_banks(const IsOwn& is_own, BankUse& own) const {
    const BankUse& all = *profile_.simulation.banks;
    for (std::uint32_t i = 0; i < all.is_sharing.size(); ++i) {
      if (!is_own(i) || program_.commands[i].engine != Engine::kBdc) continue;
      if (program_.commands[i].kind == CommandKind::kSystem) continue;
      ++own.computations;
      if (all.is_sharing[i]) ++own.sharing;
      if (!all.is_meeting[i]) continue;
      ++own.meeting;
      own.met += all.met_of[i];
    }
  }

  void add_rule(std::uint32_t i, std::map<std::string, RuleShare>& rules) const {
    const Command& command = program_.commands[i];
    const CostRule& rule = rule_of(command);
    const auto [found, is_new] = rules.try_emplace(std::string(rule.name));
    RuleShare& share = found->second;
    if (is_new) {
      share.rule = rule.name;
      share.engine = command.engine;
      std::vector<std::string_view> paths;
      for (const auto& part : rule.values)
        paths.insert(paths.end(), part.begin(), part.end());
      const Standing standing = standing_of(chip_, paths);
      share.evidence = standing.evidence;
      for (const std::string_view value : standing.values) {
        if (std::find(share.values.begin(), share.values.end(), value) == share.values.end()) {
          share.values.emplace_back(value);
        }
      }
    }
    ++share.commands;
    for (std::size_t part = 0; part < kCostPartCount; ++part) {
      share.parts[part] +=
          duration_of(chip_, command.engine, part_of(command.cost, static_cast<CostPart>(part)));
    }
  }

  void add_wait(std::uint32_t i,
                std::map<std::pair<std::string, std::string_view>, WaitShare>& waits) const {
    if (timeline_.waited[i].value == 0) return;
    std::string on;
    std::optional<CommandKind> kind;
    switch (timeline_.reason[i]) {
      case WaitReason::kNothing:
        return;
      case WaitReason::kLaunch:
        on = "launch";
        break;
      case WaitReason::kCore:
        on = "other cores";
        break;
      case WaitReason::kLayer:
        on = "the layer before";
        break;
      case WaitReason::kDependency:
        on = name_of_op(awaited_[i]);
        kind = program_.commands[awaited_[i]].kind;
        break;
    }
    WaitShare& share = waits.try_emplace({on, kind ? name_of(*kind) : ""}).first->second;
    share.on = on;
    share.kind = kind;
    ++share.commands;
    share.time += timeline_.waited[i];
  }

  const Profile& profile_;
  const Chip& chip_;
  const Program& program_;
  const Timeline& timeline_;
  std::vector<std::uint32_t> awaited_;
};

std::string slices_text(const GroupRow& group) {
  std::string text =
      fmt::format("{} group, slices n {} c {} d {} h {} w {}", name_of(group.type), group.secs[0],
                  group.secs[1], group.secs[2], group.secs[3], group.secs[4]);
  // Groups of compiled models do not tell theirs.
  if (group.peak_local_bytes > 0) {
    text += fmt::format(", {} per lane at the peak", bytes_text(group.peak_local_bytes));
  }
  return text;
}

/// Decisions about these ops: what keeps them outside, or cuts a group before them.
void add_reasons(const Profile& profile, const std::set<OpId>& ops, Explanation& explanation) {
  for (const DecisionRow& decision : profile.report.decisions) {
    if (ops.contains(decision.op)) {
      explanation.reasons.push_back({profile.graph[decision.op].name, decision});
    }
  }
}

/// The ops that read the group's results or make its operands: its neighbours.
std::set<OpId> neighbours_of(const Graph& graph, const std::vector<OpId>& ops) {
  std::set<OpId> around;
  for (const OpId op : ops) {
    for (const Value input : graph[op].inputs)
      around.insert(input.op);
    for (std::uint32_t result = 0; result < graph[op].results.size(); ++result) {
      for (const Use& use : graph.uses({op, result}))
        around.insert(use.op);
    }
  }
  for (const OpId op : ops)
    around.erase(op);
  return around;
}

/// An op by name, or by a part of one. Ops that came out of one may share its name: then the one
/// that costs most.
Result<OpId> find_op(const Profile& profile, const std::string& name) {
  const Graph& graph = profile.graph;
  for (const OpRow& row : profile.report.ops) {  // by what they cost
    if (row.name == name) return row.op;
  }
  std::vector<std::string> names;
  std::vector<OpId> partial;
  for (const OpId id : graph.ops()) {
    const Op& op = graph[id];
    if (op.name == name) return id;
    for (const Tensor& result : op.results) {
      if (result.name == name) return id;
    }
    names.push_back(op.name);
    const bool computes = op.def->layout != LayoutRule::kSource;
    if (computes && op.name.find(name) != std::string::npos) partial.push_back(id);
  }
  if (partial.size() == 1) return partial.front();
  if (partial.empty()) {
    return Error{.code = ErrorCode::kUsage,
                 .message = "no op is called " + in_quotes(name),
                 .hint = did_you_mean(name, names)};
  }
  constexpr std::size_t kShown = 3;
  std::vector<std::string> some;
  for (std::size_t i = 0; i < std::min(kShown, partial.size()); ++i)
    some.push_back(graph[partial[i]].name);
  return Error{
      .code = ErrorCode::kUsage,
      .message = fmt::format("{} is part of {} names", in_quotes(name), partial.size()),
      .hint = "give a whole name, as " + join(some) + (partial.size() > kShown ? ", ..." : "")};
}

}  // namespace

Picoseconds RuleShare::total() const {
  Picoseconds sum{};
  for (const Picoseconds part : parts)
    sum += part;
  return sum;
}

std::vector<Gap> gaps_of(const Profile& profile) {
  std::vector<Gap> gaps;
  bool is_open = false;
  for (const Charge& charge : profile.charges) {
    if (charge.kind == ChargeKind::kLaunch) continue;
    if (charge.kind == ChargeKind::kCompute) {
      if (is_open) gaps.back().next = charge.command;
      is_open = false;
    } else if (is_open) {
      gaps.back().end = charge.end;
    } else {
      gaps.push_back({.begin = charge.begin, .end = charge.end});
      is_open = true;
    }
  }
  std::stable_sort(gaps.begin(), gaps.end(),
                   [](const Gap& a, const Gap& b) { return a.length() > b.length(); });
  return gaps;
}

Result<Explanation> explain_op(const Profile& profile, const Chip& chip, const std::string& name) {
  const Graph& graph = profile.graph;
  TPU_TRY(const OpId id, find_op(profile, name));
  const Op& op = graph[id];
  Explanation explanation{.subject = Explanation::Subject::kOp,
                          .name = op.name,
                          .detail = std::string(op.def->name) + " " +
                                    (op.results.empty() ? "" : type_text(op.results[0].type))};
  const auto& commands = profile.simulation.program.commands;
  Collector(profile, chip)
      .collect([&](std::uint32_t i) { return commands[i].op == id.index; }, explanation);
  for (const GroupRow& group : profile.report.groups) {
    if (std::find(group.ops.begin(), group.ops.end(), id) == group.ops.end()) continue;
    explanation.group = group.index;
    if (group.ops.size() > 1) explanation.detail += ", in a " + slices_text(group);
  }
  add_reasons(profile, {id}, explanation);
  return explanation;
}

Result<Explanation> explain_group(const Profile& profile, const Chip& chip, std::int64_t index) {
  const auto& groups = profile.report.groups;
  if (index < 0 || static_cast<std::size_t>(index) >= groups.size()) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("there is no group {}", index),
                 .hint = groups.empty() ? "the run has none"
                                        : fmt::format("give 0 to {}", groups.size() - 1)};
  }
  const GroupRow& group = groups[static_cast<std::size_t>(index)];
  Explanation explanation{.subject = Explanation::Subject::kGroup,
                          .name = std::to_string(index),
                          .detail = group.ops.size() > 1 ? slices_text(group) : "an op alone",
                          .group = group.index};
  for (const OpId op : group.ops)
    explanation.ops.push_back(profile.graph[op].name);
  const auto& commands = profile.simulation.program.commands;
  Collector(profile, chip)
      .collect([&](std::uint32_t i) { return commands[i].group == group.index; }, explanation);
  std::set<OpId> asked = neighbours_of(profile.graph, group.ops);
  asked.insert(group.ops.begin(), group.ops.end());
  add_reasons(profile, asked, explanation);
  return explanation;
}

Result<Explanation> explain_gap(const Profile& profile, const Chip& chip, std::int64_t rank) {
  const std::vector<Gap> gaps = gaps_of(profile);
  if (rank < 1 || static_cast<std::size_t>(rank) > gaps.size()) {
    return Error{.code = ErrorCode::kUsage,
                 .message = fmt::format("there is no gap {}", rank),
                 .hint = gaps.empty() ? "the BDC is never idle"
                                      : fmt::format("give 1, the longest, to {}", gaps.size())};
  }
  const Gap& gap = gaps[static_cast<std::size_t>(rank) - 1];
  const auto& commands = profile.simulation.program.commands;
  const Timeline& timeline = profile.simulation.timeline;
  Explanation explanation{.subject = Explanation::Subject::kGap, .name = std::to_string(rank)};
  const Collector collector(profile, chip);
  collector.collect(
      [&](std::uint32_t i) {
        const bool overlaps = timeline.start[i] < gap.end && timeline.end[i] > gap.begin;
        return commands[i].engine == Engine::kGdma && overlaps;
      },
      explanation);
  explanation.begin = gap.begin;
  explanation.end = gap.end;
  // The part of the path within the gap; commands reach beyond it.
  explanation.charged = {};
  explanation.on_path = {};
  for (const PathStep& step : critical_path(profile.simulation.program, timeline, chip)) {
    const Picoseconds end = std::min(gap.end, timeline.end[step.command]);
    const Picoseconds begin = std::max(gap.begin, timeline.start[step.command] - step.latency);
    if (begin < end) explanation.on_path += end - begin;
  }
  std::set<OpId> ops;
  for (const Charge& charge : profile.charges) {
    if (charge.begin < gap.begin || charge.end > gap.end || charge.command == kNone) continue;
    add_charge(explanation.charged, charge, profile.simulation.program);
    const OpId op{commands[charge.command].op};
    if (ops.insert(op).second) explanation.ops.push_back(profile.graph[op].name);
  }
  if (gap.next != kNone) {
    const OpId op{commands[gap.next].op};
    explanation.detail = fmt::format("{} starts next, for {}", name_of(commands[gap.next].kind),
                                     profile.graph[op].name);
    explanation.group = commands[gap.next].group;
    ops.insert(op);
  } else {
    explanation.detail = "nothing is computed after it";
  }
  std::vector<OpId> members(ops.begin(), ops.end());
  std::set<OpId> asked = neighbours_of(profile.graph, members);
  asked.insert(ops.begin(), ops.end());
  add_reasons(profile, asked, explanation);
  return explanation;
}

Status add_gains(Explanation& explanation, Variants& variants, const Configuration& present) {
  std::set<std::string> rules;
  for (const Explanation::Reason& reason : explanation.reasons) {
    if (!reason.decision.rule.empty()) rules.insert(reason.decision.rule);
  }
  std::vector<Configuration> wanted = {present};
  for (const std::string& rule : rules) {
    const bool is_switch = find_switch(rule) != nullptr;
    wanted.push_back(present);
    if (is_switch) {
      turn_switch(wanted.back(), rule);
    } else {
      wanted.back().groups.support.lifted.push_back(rule);
    }
    explanation.gains.push_back({.name = rule, .is_switch = is_switch});
  }
  TPU_TRY(const std::vector<Picoseconds> times, variants.makespans(wanted));
  for (std::size_t i = 0; i < explanation.gains.size(); ++i) {
    LiftedGain& gain = explanation.gains[i];
    gain.saved = times[0] - times[i + 1];
    // What costs need not be used.
    gain.saved = std::max(gain.saved, Picoseconds{});
  }
  std::stable_sort(explanation.gains.begin(), explanation.gains.end(),
                   [](const LiftedGain& a, const LiftedGain& b) { return a.saved > b.saved; });
  return Ok{};
}

std::string_view name_of(Explanation::Subject subject) {
  switch (subject) {
    case Explanation::Subject::kOp:
      return "op";
    case Explanation::Subject::kGroup:
      return "group";
    case Explanation::Subject::kGap:
      return "gap";
  }
  unreachable();
}

std::string_view name_of(const Overview::PathShare& share) {
  switch (share.part) {
    case Overview::PathShare::Part::kLaunch:
      return "launch";
    case Overview::PathShare::Part::kLatency:
      return "latency";
    case Overview::PathShare::Part::kCommands:
      return name_of(share.kind);
  }
  unreachable();
}

Result<Overview> overview_of(const Profile& profile, Compiler& compiler,
                             const Configuration& present, const ProgressListener& listener) {
  const Simulation& simulation = profile.simulation;
  TPU_TRY(const std::shared_ptr<const Chip> known, compiler.chip(present));
  const Chip& chip = *known;
  Overview overview{.gaps = gaps_of(profile)};
  // What another compiler made for these sizes is not planned anew for others.
  if (compiler.compiled() != nullptr) {
    overview.sensitivities = sensitivities(*compiler.compiled(), simulation, chip, listener);
  } else {
    overview.sensitivities = sensitivities(profile.graph, simulation, chip, listener);
    TPU_TRY(overview.resized, resized(compiler, present, listener));
    const bool has_groups = group_method_of(present) != GroupMethod::kAlone;
    const bool is_by_compiler =
        present.groups.plan_by == PlanBy::kCompiler && may_differ_by_silicon(chip);
    if (has_groups && is_by_compiler) {
      TPU_TRY(overview.plan_gain, plan_gain(profile, compiler, present, listener));
    }
  }
  using Part = Overview::PathShare::Part;
  // By name, so that equal times come in the order of what is printed.
  std::map<std::string_view, Overview::PathShare> shares;
  const auto add = [&](Part part, CommandKind kind, Picoseconds time) {
    if (time.value == 0) return;
    const Overview::PathShare own{.part = part, .kind = kind};
    Overview::PathShare& share = shares.try_emplace(name_of(own), own).first->second;
    ++share.commands;
    share.time += time;
  };
  add(Part::kLaunch, {}, simulation.timeline.launch);
  for (const PathStep& step : critical_path(simulation.program, simulation.timeline, chip)) {
    add(Part::kCommands, simulation.program.commands[step.command].kind, step.length);
    add(Part::kLatency, {}, step.latency);
  }
  for (const auto& [name, share] : shares)
    overview.path.push_back(share);
  std::stable_sort(overview.path.begin(), overview.path.end(),
                   [](const auto& a, const auto& b) { return a.time > b.time; });
  return overview;
}

}  // namespace tpuscope
