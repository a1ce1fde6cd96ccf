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

Result<VariantFigures> figures_of_run(const Result<Run>& run, DType precision) {
  if (!run.ok()) return run.errors();
  const Simulation& simulation = run->simulation;
  const Summary summary = summarise_times(
      simulation, charge_makespan(simulation.program, simulation.timeline), *run->chip, precision);
  return VariantFigures{.makespan = summary.makespan,
                        .ddr_bytes = summary.ddr_read_bytes + summary.ddr_write_bytes,
                        .useful = summary.compute_utilisation,
                        .verdict = summary.verdict,
                        .interval = summary.interval};
}

}  // namespace

const Result<VariantFigures>* Variants::Structure::find(const PlanKey& key) const {
  const auto found = std::find_if(figures.begin(), figures.end(),
                                  [&](const auto& entry) { return entry.first == key; });
  return found == figures.end() ? nullptr : &found->second;
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
  std::vector<std::string> texts(wanted.size());
  const auto rewrite = [&](std::size_t i) {
    networks[i] = compiler_->network(*wanted[i].second);
    if (!networks[i].ok()) return;
    // Networks that were compiled elsewhere are as they are, whatever the configuration.
    const std::shared_ptr<const NetworkFacts>& facts = (*networks[i])->facts;
    if (facts != nullptr) texts[i] = facts->structure();
  };
  for_each_index(wanted.size(), 0, rewrite, listener_, "rewriting  variant");
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!networks[i].ok()) {
      structure_of_key_.emplace(wanted[i].first, networks[i].errors());
      continue;
    }
    Structure& structure = structures_[std::move(texts[i])];
    if (structure.network == nullptr) structure.network = *std::move(networks[i]);
    structure_of_key_.emplace(wanted[i].first, &structure);
  }
}

std::vector<Result<VariantFigures>> Variants::figures(const std::vector<Configuration>& variants) {
  rewrite_new(variants);
  struct Task {
    Structure* structure = nullptr;
    PlanKey key{};
    const Configuration* variant = nullptr;
    std::optional<Result<VariantFigures>> outcome{};
  };
  std::vector<Task> tasks;
  for (const Configuration& variant : variants) {
    const Result<Structure*> structure = structure_of(variant);
    if (!structure.ok()) continue;
    PlanKey key = plan_key(variant);
    const bool is_wanted = std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) {
      return task.structure == *structure && task.key == key;
    });
    if (is_wanted || (*structure)->find(key) != nullptr) continue;
    tasks.push_back({*structure, std::move(key), &variant});
  }
  const auto run = [&](std::size_t i) {
    Task& task = tasks[i];
    task.outcome = figures_of_run(compiler_->run(task.structure->network, *task.variant),
                                  task.variant->precision.precision);
  };
  for_each_index(tasks.size(), 0, run, listener_, "simulating  variant");
  simulated_ += tasks.size();
  for (Task& task : tasks)
    task.structure->figures.emplace_back(std::move(task.key), *std::move(task.outcome));
  std::vector<Result<VariantFigures>> answers;
  for (const Configuration& variant : variants) {
    const Result<Structure*> structure = structure_of(variant);
    if (structure.ok()) {
      answers.push_back(*(*structure)->find(plan_key(variant)));
    } else {
      answers.emplace_back(structure.errors());
    }
  }
  return answers;
}

Result<VariantFigures> Variants::figures(const Configuration& variant) {
  return figures(std::vector<Configuration>{variant}).front();
}

Result<std::vector<Picoseconds>> Variants::makespans(const std::vector<Configuration>& variants) {
  std::vector<Picoseconds> makespans;
  for (const Result<VariantFigures>& figures : figures(variants)) {
    if (!figures.ok()) return figures.errors();
    makespans.push_back(figures->makespan);
  }
  return makespans;
}

}  // namespace tpuscope
