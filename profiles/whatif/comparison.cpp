// Sets of switches between two ends, and precisions by presets.

#include "profiles/whatif/comparison.h"

#include <algorithm>
#include <cmath>

#include "passes/pipeline.h"

namespace tpuscope {
namespace {

bool contains_comparison(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Switches that differ: turned on first, in running order.
std::vector<std::string> changes_between(const std::vector<std::string>& before,
                                         const std::vector<std::string>& after) {
  std::vector<std::string> changes;
  for (const std::string& name : switch_names()) {
    if (contains_comparison(after, name) && !contains_comparison(before, name))
      changes.push_back(name);
  }
  for (const std::string& name : switch_names()) {
    if (contains_comparison(before, name) && !contains_comparison(after, name))
      changes.push_back(name);
  }
  return changes;
}

/// `before` with the chosen changes made.
std::vector<std::string> switches_with(const std::vector<std::string>& before,
                                       const std::vector<std::string>& changes, Coalition chosen) {
  std::vector<std::string> switches;
  for (const std::string& name : switch_names()) {
    const auto change = std::find(changes.begin(), changes.end(), name) - changes.begin();
    const bool toggles = static_cast<std::size_t>(change) < changes.size() &&
                         ((chosen >> static_cast<unsigned>(change)) & 1U) != 0;
    if (contains_comparison(before, name) != toggles) switches.push_back(name);
  }
  return switches;
}

}  // namespace

Result<SwitchStudy> study_switches(Variants& variants, DType precision,
                                   const std::vector<std::string>& before,
                                   const std::vector<std::string>& after,
                                   const ShapleyLimits& limits) {
  const std::vector<std::string> changes = changes_between(before, after);
  const std::size_t count = changes.size();
  const auto makespans = [&](const std::vector<Coalition>& sets) {
    std::vector<Variant> wanted;
    for (const Coalition set : sets)
      wanted.push_back({precision, switches_with(before, changes, set), {}});
    return variants.makespans(wanted);
  };
  const WorthOf saved =
      [&](const std::vector<Coalition>& sets) -> Result<std::vector<std::int64_t>> {
    TPU_TRY(const std::vector<Picoseconds> times, makespans(sets));
    std::vector<std::int64_t> worths;
    for (const Picoseconds time : times)
      worths.push_back(-time.value);
    return worths;
  };
  const std::size_t simulated = variants.simulated();
  TPU_TRY(const Shapley shapley, shapley_values(count, saved, limits));
  const Coalition all = (Coalition{1} << count) - 1;
  std::vector<Coalition> sets = {0};
  for (std::size_t i = 0; i < count; ++i) {
    const Coalition own = Coalition{1} << i;
    sets.insert(sets.end(), {2 * own - 1, own, all & ~own});
  }
  TPU_TRY(const std::vector<Picoseconds> times, makespans(sets));
  SwitchStudy study{.is_exact = shapley.is_exact,
                    .orders = shapley.orders,
                    .runs = variants.simulated() - simulated};
  study.steps.push_back({.makespan = times[0]});
  for (std::size_t i = 0; i < count; ++i) {
    const Shapley::Share& share = shapley.shares[i];
    study.steps.push_back(
        {.name = (contains_comparison(before, changes[i]) ? "-" : "") + changes[i],
         .makespan = times[3 * i + 1],
         .alone = times[3 * i + 2],
         .left_out = times[3 * i + 3],
         .average = {std::llround(share.mean)},
         .average_error = {std::llround(share.standard_error)}});
  }
  return study;
}

std::vector<PrecisionRow> precision_table(Variants& variants, DType chosen) {
  std::vector<Variant> wanted;
  for (const DType precision : precisions()) {
    // bf16 takes the time of f16: a row for those who asked for it.
    if (precision == DType::kBF16 && chosen != precision) continue;
    for (const Preset& preset : presets())
      wanted.push_back({precision, preset.switches, {}});
  }
  const std::vector<Result<VariantFigures>> figures = variants.figures(wanted);
  std::vector<PrecisionRow> rows;
  for (std::size_t i = 0; i < figures.size(); i += presets().size()) {
    PrecisionRow row{.precision = wanted[i].precision};
    for (std::size_t j = i; j < i + presets().size() && figures[j].ok(); ++j)
      row.presets.push_back(*figures[j]);
    if (row.presets.size() == presets().size()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tpuscope
