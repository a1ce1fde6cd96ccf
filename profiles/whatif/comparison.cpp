// Sets of switches between two ends, and precisions by presets.

#include "profiles/whatif/comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace tpuscope {
namespace {

/// Switches that differ: those turned on first, as compilers got them and then in running order.
/// What a later compiler adds may leave nothing to do for what came before it.
std::vector<std::string> changes_between(const SwitchSet& before, const SwitchSet& after) {
  std::vector<std::string> changes = (after - before).names();
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) {
    return find_switch(a)->since < find_switch(b)->since;
  });
  for (std::string& name : (before - after).names())
    changes.push_back(std::move(name));
  return changes;
}

/// `before` with the chosen changes made.
Configuration with_changes(const Configuration& before, const std::vector<std::string>& changes,
                           Coalition chosen) {
  Configuration variant = before;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (((chosen >> i) & 1U) == 0) continue;
    turn_switch(variant, changes[i], !before.switches.has(changes[i]));
  }
  return variant;
}

/// The changes `players[i]` for each i of the set.
Coalition spread_over(const std::vector<std::size_t>& players, Coalition set) {
  Coalition spread = 0;
  for (std::size_t i = 0; i < players.size(); ++i)
    spread |= ((set >> i) & 1U) << players[i];
  return spread;
}

/// The changes that take a share of the gain: all but those that make no difference in their place
/// and none when they are left out of all, unless they do together. `times` are as study_switches
/// asks for them.
template <typename Makespans>
Result<std::vector<std::size_t>> players_of(std::size_t count,
                                            const std::vector<Picoseconds>& times,
                                            const Makespans& makespans) {
  std::vector<std::size_t> everyone(count);
  std::iota(everyone.begin(), everyone.end(), std::size_t{0});
  std::vector<std::size_t> players;
  Picoseconds before = times[0];
  const Picoseconds after = count == 0 ? before : times[3 * count - 2];
  for (std::size_t i = 0; i < count; ++i) {
    const bool matters = times[3 * i + 1] != before || times[3 * i + 3] != after;
    if (matters) players.push_back(i);
    before = times[3 * i + 1];
  }
  const Coalition all = (Coalition{1} << players.size()) - 1;
  TPU_TRY(const std::vector<Picoseconds> without, makespans({spread_over(players, all)}));
  return without.front() == after ? players : everyone;
}

}  // namespace

Result<SwitchStudy> study_switches(Variants& variants, const Configuration& before,
                                   const SwitchSet& after, const ShapleyLimits& limits) {
  const std::vector<std::string> changes = changes_between(before.switches, after);
  const std::size_t count = changes.size();
  const auto makespans = [&](const std::vector<Coalition>& sets) {
    std::vector<Configuration> wanted;
    for (const Coalition set : sets)
      wanted.push_back(with_changes(before, changes, set));
    return variants.makespans(wanted);
  };
  const std::size_t simulated = variants.simulated();
  const Coalition all = (Coalition{1} << count) - 1;
  std::vector<Coalition> sets = {0};
  for (std::size_t i = 0; i < count; ++i) {
    const Coalition own = Coalition{1} << i;
    sets.insert(sets.end(), {2 * own - 1, own, all & ~own});
  }
  TPU_TRY(const std::vector<Picoseconds> times, makespans(sets));
  TPU_TRY(const std::vector<std::size_t> players, players_of(count, times, makespans));
  const WorthOf saved =
      [&](const std::vector<Coalition>& chosen) -> Result<std::vector<std::int64_t>> {
    std::vector<Coalition> of_players;
    for (const Coalition set : chosen)
      of_players.push_back(spread_over(players, set));
    TPU_TRY(const std::vector<Picoseconds> taken, makespans(of_players));
    std::vector<std::int64_t> worths;
    for (const Picoseconds time : taken)
      worths.push_back(-time.value);
    return worths;
  };
  TPU_TRY(const Shapley shapley, shapley_values(players.size(), saved, limits));
  SwitchStudy study{.is_exact = shapley.is_exact,
                    .orders = shapley.orders,
                    .runs = variants.simulated() - simulated};
  study.steps.push_back({.makespan = times[0]});
  for (std::size_t i = 0; i < count; ++i) {
    const auto player = std::find(players.begin(), players.end(), i);
    const Shapley::Share share =
        player == players.end()
            ? Shapley::Share{}
            : shapley.shares[static_cast<std::size_t>(player - players.begin())];
    study.steps.push_back({.name = (before.switches.has(changes[i]) ? "-" : "") + changes[i],
                           .makespan = times[3 * i + 1],
                           .alone = times[3 * i + 2],
                           .left_out = times[3 * i + 3],
                           .average = {std::llround(share.mean)},
                           .average_error = {std::llround(share.standard_error)}});
  }
  return study;
}

std::vector<PrecisionRow> precision_table(Variants& variants, const Configuration& chosen,
                                          int year) {
  std::vector<Configuration> wanted;
  for (const DType precision : precisions()) {
    // bf16 takes the time of f16: a row only if requested.
    if (precision == DType::kBF16 && chosen.precision.precision != precision) continue;
    for (const Preset& preset : presets()) {
      wanted.push_back(chosen);
      wanted.back().precision.precision = precision;
      choose_switches(wanted.back(), preset.switches & known_in(year));
    }
  }
  const std::vector<Result<VariantFigures>> figures = variants.figures(wanted);
  std::vector<PrecisionRow> rows;
  for (std::size_t i = 0; i < figures.size(); i += presets().size()) {
    PrecisionRow row{.precision = wanted[i].precision.precision};
    for (std::size_t j = i; j < i + presets().size() && figures[j].ok(); ++j)
      row.presets.push_back(*figures[j]);
    if (row.presets.size() == presets().size()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tpuscope
