// Two games, one after the other: the switches that are off, and on top of them the rules that no
// switch lifts. See capabilities.h.

#include "profiles/whatif/capabilities.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/core.h>

#include "base/text.h"

namespace tpuscope {
namespace {

/// Ops that each rule keeps out of groups, with one reason for people.
struct CapabilitiesObstacle {
  std::int64_t ops = 0;
  std::string reason{};
  std::vector<CapabilityPattern> patterns{};
};

std::string pattern_of(const Graph& graph, const Op& op) {
  std::string text(op.def->name);
  if (!op.inputs.empty()) text += " " + type_text(graph.type(op.inputs.front()));
  for (const AttributeDef& row : op.def->attributes) {
    const AttributeValue& value = *op.attributes.find(row.name);
    if (row.required || value != row.default_value) {
      text += fmt::format(" {}={}", row.name, attribute_text(value));
    }
  }
  return text;
}

void add_pattern(std::vector<CapabilityPattern>& patterns, std::string text,
                 const std::string& name) {
  const auto known =
      std::find_if(patterns.begin(), patterns.end(),
                   [&](const CapabilityPattern& pattern) { return pattern.text == text; });
  if (known != patterns.end()) {
    ++known->ops;
  } else {
    patterns.push_back({std::move(text), 1, name});
  }
}

std::map<std::string, CapabilitiesObstacle> obstacles_of(const Compiled& compiled) {
  std::map<std::string, CapabilitiesObstacle> obstacles;
  const Graph& graph = compiled.network->graph;
  for (const GroupDecision& decision : compiled.plan.decisions) {
    if (decision.kind != GroupDecision::Kind::kNoLocalForm) continue;
    CapabilitiesObstacle& obstacle = obstacles[decision.rule];
    ++obstacle.ops;
    obstacle.reason = decision.text;
    const Op& op = graph[decision.op];
    add_pattern(obstacle.patterns, pattern_of(graph, op), op.name);
  }
  for (auto& [rule, obstacle] : obstacles) {
    std::stable_sort(
        obstacle.patterns.begin(), obstacle.patterns.end(),
        [](const CapabilityPattern& a, const CapabilityPattern& b) { return a.ops > b.ops; });
  }
  return obstacles;
}

/// Switches that are off and known, with families as one.
std::vector<Capability> switches_off(const SwitchSet& present, const SwitchSet& known_switches) {
  std::vector<Capability> off;
  for (const Switch& each : switches()) {
    if (present.has(each.name) || !known_switches.has(each.name)) continue;
    const bool is_member = each.family != nullptr;
    const std::string_view name = is_member ? each.family->name : each.name;
    auto known = std::find_if(off.begin(), off.end(), [&](const Capability& capability) {
      return capability.name == name;
    });
    if (known == off.end()) {
      const std::string_view summary = is_member ? each.family->summary : each.summary;
      off.push_back({.name = std::string(name), .summary = std::string(summary)});
      known = off.end() - 1;
    }
    known->switches.emplace_back(each.name);
  }
  return off;
}

Configuration with(const Configuration& present, const std::vector<Capability>& capabilities,
                   Coalition chosen) {
  Configuration variant = present;
  for (std::size_t i = 0; i < capabilities.size(); ++i) {
    if (((chosen >> i) & 1U) == 0) continue;
    const Capability& capability = capabilities[i];
    if (capability.kind == Capability::Kind::kRule) {
      variant.groups.support.lifted.push_back(capability.name);
    }
    for (const std::string& name : capability.switches)
      turn_switch(variant, name);
  }
  return variant;
}

Configuration without(Configuration variant, const std::vector<std::string>& names) {
  for (const std::string& name : names)
    turn_switch(variant, name, false);
  return variant;
}

/// One game: its rows by rank, and how it was played.
struct Game {
  std::vector<RankedCapability> rows{};
  Shapley shapley{};
  Picoseconds with_all{};
  Coalition used{};  ///< of all capabilities those that the fastest of these runs had
};

/// Worths of sets of capabilities, the negative times of their runs. Whoever has a capability need
/// not use it, but a planner that goes by an estimate may, and a rewrite is done wherever it
/// applies: so a set is worth what the best of its parts is that are known by then.
class SetWorths {
 public:
  SetWorths(Variants& variants, const Configuration& present,
            const std::vector<Capability>& capabilities)
      : variants_(variants), present_(present), capabilities_(capabilities) {}

  Result<std::vector<std::int64_t>> of(const std::vector<Coalition>& sets) {
    std::vector<Coalition> fresh;
    std::vector<Configuration> wanted;
    for (const Coalition set : sets) {
      if (!simulated_.try_emplace(set, 0).second) continue;
      fresh.push_back(set);
      wanted.push_back(with(present_, capabilities_, set));
    }
    TPU_TRY(const std::vector<Picoseconds> times, variants_.makespans(wanted));
    for (std::size_t i = 0; i < fresh.size(); ++i)
      simulated_[fresh[i]] = -times[i].value;
    for (const Coalition set : fresh)
      best_[set] = best_part_of(set);
    std::vector<std::int64_t> worths;
    for (const Coalition set : sets)
      worths.push_back(simulated_.at(best_.at(set)));
    return worths;
  }

  /// What is used of a set whose worth was asked for.
  Coalition used_of(Coalition set) const { return best_.at(set); }

 private:
  Coalition best_part_of(Coalition set) const {
    Coalition best = set;
    for (const auto& [other, worth] : simulated_) {
      if ((other & ~set) == 0 && worth > simulated_.at(best)) best = other;
    }
    return best;
  }

  Variants& variants_;
  const Configuration& present_;
  const std::vector<Capability>& capabilities_;
  std::map<Coalition, std::int64_t> simulated_{};
  std::map<Coalition, Coalition> best_{};
};

Result<Game> play(Variants& variants, const Configuration& present,
                  const std::vector<Capability>& capabilities, const ShapleyLimits& limits) {
  SetWorths known(variants, present, capabilities);
  const WorthOf saved = [&](const std::vector<Coalition>& sets) { return known.of(sets); };
  Game game;
  const std::size_t count = capabilities.size();
  TPU_TRY(game.shapley, shapley_values(count, saved, limits));
  const Coalition all = (Coalition{1} << count) - 1;
  std::vector<Coalition> sets = {0, all};
  for (std::size_t i = 0; i < count; ++i) {
    const Coalition own = Coalition{1} << i;
    sets.insert(sets.end(), {own, all & ~own});
  }
  TPU_TRY(const std::vector<std::int64_t> worths, saved(sets));
  game.with_all = {-worths[1]};
  game.used = known.used_of(all);
  for (std::size_t i = 0; i < count; ++i) {
    const Shapley::Share& share = game.shapley.shares[i];
    RankedCapability row{.capability = capabilities[i],
                         .average = {std::llround(share.mean)},
                         .average_error = {std::llround(share.standard_error)},
                         .alone = {worths[2 + 2 * i] - worths[0]},
                         .left_out = {std::max<std::int64_t>(0, worths[1] - worths[3 + 2 * i])}};
    if (capabilities[i].switches.size() > 1) {
      std::vector<Configuration> wanted;
      for (const std::string& name : capabilities[i].switches)
        wanted.push_back(without(with(present, capabilities, game.used), {name}));
      TPU_TRY(const std::vector<Picoseconds> times, variants.makespans(wanted));
      for (const Picoseconds time : times)
        row.members_left_out.push_back({std::max<std::int64_t>(0, time.value + worths[1])});
    }
    game.rows.push_back(std::move(row));
  }
  // Equal ones by their other figures, then in running order.
  std::stable_sort(game.rows.begin(), game.rows.end(),
                   [](const RankedCapability& a, const RankedCapability& b) {
                     if (a.average != b.average) return a.average > b.average;
                     return a.left_out > b.left_out;
                   });
  game.shapley.shares.clear();
  return game;
}

/// The rules in the way once every switch is on. Lifting one may bring the next to light.
Result<std::vector<Capability>> rules_in_the_way(const Variants& variants,
                                                 Configuration all_switches) {
  std::vector<Capability> rules;
  std::vector<std::string>& lifted = all_switches.groups.support.lifted;
  constexpr int kMaxRounds = 8;
  for (int round = 0; round < kMaxRounds; ++round) {
    TPU_TRY(const Compiled compiled, variants.compiler().compile(all_switches));
    bool found = false;
    for (const auto& [name, obstacle] : obstacles_of(compiled)) {
      if (name.empty() || std::find(lifted.begin(), lifted.end(), name) != lifted.end()) continue;
      rules.push_back({.kind = Capability::Kind::kRule,
                       .name = name,
                       .summary = obstacle.reason,
                       .ops = obstacle.ops,
                       .patterns = obstacle.patterns});
      lifted.push_back(name);
      found = true;
    }
    if (!found) break;
  }
  return rules;
}

}  // namespace

Result<CapabilityRanking> rank_capabilities(Variants& variants, const Configuration& present,
                                            const SwitchSet& known, const ShapleyLimits& limits) {
  const std::size_t simulated = variants.simulated();
  std::vector<Capability> off = switches_off(present.switches, known);
  const Coalition all = (Coalition{1} << off.size()) - 1;
  const Configuration all_switches = with(present, off, all);
  // Which ops a switch for local forms is about shows once the graph has its final form.
  for (Capability& capability : off) {
    TPU_TRY(const Compiled compiled,
            variants.compiler().compile(without(all_switches, capability.switches)));
    const auto obstacles = obstacles_of(compiled);
    const auto found = obstacles.find(capability.name);
    if (found == obstacles.end()) continue;
    capability.ops = found->second.ops;
    capability.patterns = found->second.patterns;
  }
  CapabilityRanking ranking;
  TPU_TRY(Game switches, play(variants, present, off, limits));
  const Configuration best_switches = with(present, off, switches.used);
  TPU_TRY(const std::vector<Capability> rules, rules_in_the_way(variants, best_switches));
  TPU_TRY(Game lifted, play(variants, best_switches, rules, limits));
  TPU_TRY(const std::vector<Picoseconds> times, variants.makespans({present}));
  ranking.present = times[0];
  ranking.all_switches = switches.with_all;
  ranking.all_lifted = lifted.with_all;
  ranking.rows = std::move(switches.rows);
  ranking.rows.insert(ranking.rows.end(), std::make_move_iterator(lifted.rows.begin()),
                      std::make_move_iterator(lifted.rows.end()));
  ranking.switches = std::move(switches.shapley);
  ranking.rules = std::move(lifted.shapley);
  ranking.runs = variants.simulated() - simulated;
  return ranking;
}

}  // namespace tpuscope
