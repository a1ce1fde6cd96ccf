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

/// Switches that are off, with families as one.
std::vector<Capability> switches_off(const SwitchSet& present) {
  std::vector<Capability> off;
  for (const Switch& each : switches()) {
    if (present.has(each.name)) continue;
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
};

Result<Game> play(Variants& variants, const Configuration& present,
                  const std::vector<Capability>& capabilities, const ShapleyLimits& limits) {
  const WorthOf saved =
      [&](const std::vector<Coalition>& sets) -> Result<std::vector<std::int64_t>> {
    std::vector<Configuration> wanted;
    for (const Coalition set : sets)
      wanted.push_back(with(present, capabilities, set));
    TPU_TRY(const std::vector<Picoseconds> times, variants.makespans(wanted));
    std::vector<std::int64_t> worths;
    for (const Picoseconds time : times)
      worths.push_back(-time.value);
    return worths;
  };
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
  for (std::size_t i = 0; i < count; ++i) {
    const Shapley::Share& share = game.shapley.shares[i];
    RankedCapability row{.capability = capabilities[i],
                         .average = {std::llround(share.mean)},
                         .average_error = {std::llround(share.standard_error)},
                         .alone = {worths[2 + 2 * i] - worths[0]},
                         .left_out = {worths[1] - worths[3 + 2 * i]}};
    if (capabilities[i].switches.size() > 1) {
      std::vector<Configuration> wanted;
      for (const std::string& name : capabilities[i].switches)
        wanted.push_back(without(with(present, capabilities, all), {name}));
      TPU_TRY(const std::vector<Picoseconds> times, variants.makespans(wanted));
      for (const Picoseconds time : times)
        row.members_left_out.push_back({time.value + worths[1]});
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
                                            const ShapleyLimits& limits) {
  const std::size_t simulated = variants.simulated();
  std::vector<Capability> off = switches_off(present.switches);
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
  TPU_TRY(const std::vector<Capability> rules, rules_in_the_way(variants, all_switches));
  TPU_TRY(Game lifted, play(variants, all_switches, rules, limits));
  const Coalition every_rule = (Coalition{1} << rules.size()) - 1;
  TPU_TRY(const std::vector<Picoseconds> times,
          variants.makespans({present, all_switches, with(all_switches, rules, every_rule)}));
  ranking.present = times[0];
  ranking.all_switches = times[1];
  ranking.all_lifted = times[2];
  ranking.rows = std::move(switches.rows);
  ranking.rows.insert(ranking.rows.end(), std::make_move_iterator(lifted.rows.begin()),
                      std::make_move_iterator(lifted.rows.end()));
  ranking.switches = std::move(switches.shapley);
  ranking.rules = std::move(lifted.shapley);
  ranking.runs = variants.simulated() - simulated;
  return ranking;
}

}  // namespace tpuscope
