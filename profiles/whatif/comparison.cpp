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

/// What `before` takes with each of these sets of changes.
Result<std::vector<Picoseconds>> makespans_of(Variants& variants, const Configuration& before,
                                              const std::vector<std::string>& changes,
                                              const std::vector<Coalition>& sets) {
  std::vector<Configuration> wanted;
  for (const Coalition set : sets)
    wanted.push_back(with_changes(before, changes, set));
  return variants.makespans(wanted);
}

/// The start, and a step for each change without its share.
Result<std::vector<SwitchStep>> steps_of(Variants& variants, const Configuration& before,
                                         const std::vector<std::string>& changes) {
  const Coalition all = (Coalition{1} << changes.size()) - 1;
  std::vector<Coalition> sets = {0};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Coalition own = Coalition{1} << i;
    sets.insert(sets.end(), {2 * own - 1, own, all & ~own});
  }
  TPU_TRY(const std::vector<Picoseconds> times, makespans_of(variants, before, changes, sets));
  std::vector<SwitchStep> steps = {{.makespan = times[0]}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    steps.push_back({.name = (before.switches.has(changes[i]) ? "-" : "") + changes[i],
                     .makespan = times[3 * i + 1],
                     .alone = times[3 * i + 2],
                     .left_out = times[3 * i + 3]});
  }
  return steps;
}

/// The places of the changes that take a share of the gain: all but those that make no difference
/// in their step and none when they are left out of all, unless they do together.
Result<std::vector<std::size_t>> sharing(Variants& variants, const Configuration& before,
                                         const std::vector<std::string>& changes,
                                         const std::vector<SwitchStep>& steps) {
  std::vector<std::size_t> everyone(changes.size());
  std::iota(everyone.begin(), everyone.end(), std::size_t{0});
  const Picoseconds after = steps.back().makespan;
  std::vector<std::size_t> places;
  Coalition set = 0;
  for (const std::size_t i : everyone) {
    const SwitchStep& step = steps[i + 1];
    if (step.makespan == steps[i].makespan && step.left_out == after) continue;
    places.push_back(i);
    set |= Coalition{1} << i;
  }
  TPU_TRY(const std::vector<Picoseconds> without, makespans_of(variants, before, changes, {set}));
  return without.front() == after ? places : everyone;
}

}  // namespace

Result<SwitchStudy> study_switches(Variants& variants, const Configuration& before,
                                   const SwitchSet& after, const ShapleyLimits& limits) {
  const std::vector<std::string> changes = changes_between(before.switches, after);
  const std::size_t simulated = variants.simulated();
  SwitchStudy study;
  TPU_TRY(study.steps, steps_of(variants, before, changes));
  TPU_TRY(const std::vector<std::size_t> places, sharing(variants, before, changes, study.steps));
  std::vector<std::string> players;
  for (const std::size_t place : places)
    players.push_back(changes[place]);
  const WorthOf saved =
      [&](const std::vector<Coalition>& sets) -> Result<std::vector<std::int64_t>> {
    TPU_TRY(const std::vector<Picoseconds> times, makespans_of(variants, before, players, sets));
    std::vector<std::int64_t> worths;
    for (const Picoseconds time : times)
      worths.push_back(-time.value);
    return worths;
  };
  TPU_TRY(const Shapley shapley, shapley_values(players.size(), saved, limits));
  study.is_exact = shapley.is_exact;
  study.orders = shapley.orders;
  study.runs = variants.simulated() - simulated;
  for (std::size_t i = 0; i < places.size(); ++i) {
    SwitchStep& step = study.steps[places[i] + 1];
    step.average = {std::llround(shapley.shares[i].mean)};
    step.average_error = {std::llround(shapley.shares[i].standard_error)};
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
