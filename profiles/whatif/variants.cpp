// Two steps, each remembered: a configuration to the structure of its network, and that with what
// is planned for it to figures.

#include "profiles/whatif/variants.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/parallel.h"
#include "profiles/report/blame.h"
#include "profiles/report/metrics.h"

namespace tpuscope {
namespace {

VariantFigures figures_of_run(const Run& run, DType precision) {
  const Simulation& simulation = run.simulation;
  const Summary summary = summarise_times(
      simulation, charge_makespan(simulation.program, simulation.timeline), *run.chip, precision);
  return VariantFigures{.makespan = summary.makespan,
                        .ddr_bytes = summary.ddr_read_bytes + summary.ddr_write_bytes,
                        .useful = summary.compute_utilisation,
                        .verdict = summary.verdict,
                        .interval = summary.interval};
}

}  // namespace

Variants::Outcome* Variants::Structure::find(const PlanKey& key) {
  const auto found = std::find_if(outcomes.begin(), outcomes.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == outcomes.end() ? nullptr : &found->second;
}

Result<NetworkKey> Variants::key_of(const Configuration& variant) const {
  TPU_TRY(const std::shared_ptr<const Chip> chip, compiler_->chip(variant));
  return network_key(variant, *chip);
}

Result<Variants::Structure*> Variants::structure_of(const Configuration& variant) {
  TPU_TRY(const NetworkKey key, key_of(variant));
  return structure_of_key_.at(key);
}

void Variants::rewrite_new(const std::vector<Configuration>& variants) {
  std::vector<std::pair<NetworkKey, const Configuration*>> wanted;
  std::set<NetworkKey> seen;
  for (const Configuration& variant : variants) {
    const Result<NetworkKey> key = key_of(variant);
    if (!key.ok() || structure_of_key_.contains(*key) || !seen.insert(*key).second) continue;
    wanted.emplace_back(*key, &variant);
  }
  using Rewritten = Result<std::shared_ptr<const Network>>;
  std::vector<Rewritten> networks(wanted.size(), Rewritten(nullptr));
  const auto rewrite = [&](std::size_t i) { networks[i] = compiler_->variant(*wanted[i].second); };
  for_each_index(wanted.size(), 0, rewrite, listener_, "rewriting  variant");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!networks[i].ok()) {
      structure_of_key_.emplace(wanted[i].first, networks[i].errors());
      continue;
    }
    // Networks that were compiled elsewhere are as they are, whatever the configuration.
    const std::shared_ptr<const NetworkFacts>& facts = (*networks[i])->facts;
    Structure& structure = structures_[facts == nullptr ? std::string() : facts->structure()];
    if (structure.network == nullptr) structure.network = *std::move(networks[i]);
    structure_of_key_.emplace(wanted[i].first, &structure);
  }
}

void Variants::simulate_new(const std::vector<Configuration>& variants, bool with_figures) {
  rewrite_new(variants);
  struct Task {
    Structure* structure = nullptr;
    PlanKey key{};
    const Configuration* variant = nullptr;
    Outcome outcome{};
  };
  std::vector<Task> tasks;
  for (const Configuration& variant : variants) {
    const Result<Structure*> structure = structure_of(variant);
    if (!structure.ok()) continue;
    PlanKey key = plan_key(variant);
    const bool is_wanted = std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) {
      return task.structure == *structure && task.key == key;
    });
    const Outcome* known = (*structure)->find(key);
    const bool is_known =
        known != nullptr && (!with_figures || !known->makespan.ok() || known->figures.has_value());
    if (is_wanted || is_known) continue;
    tasks.push_back({*structure, std::move(key), &variant});
  }
  const auto work = [&](std::size_t i) {
    Task& task = tasks[i];
    const Result<Run> run = compiler_->run(task.structure->network, *task.variant);
    if (!run.ok()) {
      task.outcome.makespan = run.errors();
      return;
    }
    task.outcome.makespan = run->simulation.timeline.makespan;
    if (with_figures)
      task.outcome.figures = figures_of_run(*run, task.variant->precision.precision);
  };
  for_each_index(tasks.size(), 0, work, listener_, "simulating  variant");
  for (Task& task : tasks) {
    Outcome* known = task.structure->find(task.key);
    if (known != nullptr) {  // its makespan alone was asked for before
      *known = std::move(task.outcome);
      continue;
    }
    ++simulated_;
    task.structure->outcomes.emplace_back(std::move(task.key), std::move(task.outcome));
  }
}

std::vector<Result<VariantFigures>> Variants::figures(const std::vector<Configuration>& variants) {
  simulate_new(variants, true);
  std::vector<Result<VariantFigures>> answers;
  for (const Configuration& variant : variants) {
    const Result<Structure*> structure = structure_of(variant);
    if (!structure.ok()) {
      answers.emplace_back(structure.errors());
      continue;
    }
    const Outcome& outcome = *(*structure)->find(plan_key(variant));
    if (outcome.makespan.ok()) {
      answers.emplace_back(*outcome.figures);
    } else {
      answers.emplace_back(outcome.makespan.errors());
    }
  }
  return answers;
}

Result<VariantFigures> Variants::figures(const Configuration& variant) {
  return figures(std::vector<Configuration>{variant}).front();
}

Result<std::vector<Picoseconds>> Variants::makespans(const std::vector<Configuration>& variants) {
  simulate_new(variants, false);
  std::vector<Picoseconds> makespans;
  for (const Configuration& variant : variants) {
    TPU_TRY(Structure* const structure, structure_of(variant));
    TPU_TRY(const Picoseconds makespan, structure->find(plan_key(variant))->makespan);
    makespans.push_back(makespan);
  }
  return makespans;
}

}  // namespace tpuscope
