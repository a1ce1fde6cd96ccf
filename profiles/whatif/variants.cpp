// Two steps, each remembered: passes to a graph, and a graph with the planner's switches to
// figures.

#include "profiles/whatif/variants.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/parallel.h"
#include "base/text.h"
#include "passes/pipeline.h"
#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"
#include "passes/tiling/op_signature.h"
#include "profiles/report/blame.h"
#include "profiles/report/metrics.h"

namespace tpuscope {
namespace {

/// The switches of a variant that rewrite graphs, or those of the planner.
std::vector<std::string> switches_of(const Variant& variant, bool rewrite) {
  const std::vector<std::string> passes = pass_names();
  std::vector<std::string> chosen;
  for (const std::string& name : variant.switches) {
    const bool is_pass = std::find(passes.begin(), passes.end(), name) != passes.end();
    if (is_pass == rewrite) chosen.push_back(name);
  }
  return chosen;
}

std::string passes_key(const Variant& variant) {
  return std::string(precision_name(variant.precision)) + ":" + join(switches_of(variant, true));
}

/// Without groups the planner's other switches and rules have nothing to say.
std::string planner_key(const Variant& variant) {
  const std::vector<std::string> switches = switches_of(variant, false);
  if (std::find(switches.begin(), switches.end(), "layer_group") == switches.end()) return "";
  std::vector<std::string> lifted = variant.lifted;
  std::sort(lifted.begin(), lifted.end());
  return join(switches) + ":" + join(lifted);
}

/// The network as the machine sees it: what is computed from what, in which order. Names and the
/// values of weights are left out: no time depends on them.
std::string structure_of(const Graph& graph) {
  std::map<OpId, std::size_t> place;
  std::string text;
  for (const OpId id : graph.topological_order()) {
    const std::size_t index = place.size();
    place.emplace(id, index);
    text += signature_of(graph, id, operand_kinds(graph, id)) + "(";
    for (const Value value : graph[id].inputs)
      text += std::to_string(place.at(value.op)) + "." + std::to_string(value.result) + ",";
    text += ")\n";
  }
  return text;
}

Result<VariantFigures> run_plan(const Graph& graph, const Chip& chip, const GroupOptions& options,
                                DType precision, PlanMemo& memo) {
  TPU_TRY(const Plan plan, plan_layer_groups(graph, chip, options, &memo));
  TPU_TRY(const Simulation simulation, simulate(graph, chip, plan));
  const Summary summary = summarise(
      simulation, charge_makespan(simulation.program, simulation.timeline), chip, precision);
  return VariantFigures{.makespan = summary.makespan,
                        .ddr_bytes = summary.ddr_read_bytes + summary.ddr_write_bytes,
                        .useful = summary.compute_utilisation};
}

}  // namespace

Variants::Variants(Graph imported, Chip chip, PrecisionOptions precision, GroupOptions groups)
    : imported_(std::move(imported)),
      chip_(std::move(chip)),
      precision_(std::move(precision)),
      groups_(std::move(groups)) {}

Result<Graph> Variants::rewritten(const Variant& variant) const {
  Graph graph = imported_;
  PrecisionOptions options = precision_;
  options.precision = variant.precision;
  TPU_TRY_STATUS(lower_precision(graph, options));
  TPU_TRY_STATUS([&]() -> Status {
    TPU_TRY([[maybe_unused]] const PipelineResult passes,
            run_pipeline(graph, {.switches = switches_of(variant, true)}));
    return Ok{};
  }());
  return graph;
}

GroupOptions Variants::options_of(const Variant& variant) const {
  GroupOptions options = with_switches(groups_, variant.switches);
  options.support.lifted = variant.lifted;
  return options;
}

std::vector<Result<VariantFigures>> Variants::figures(const std::vector<Variant>& variants) {
  // The networks that are new.
  std::vector<const Variant*> to_rewrite;
  std::set<std::string> asked;
  for (const Variant& variant : variants) {
    const std::string key = passes_key(variant);
    if (!graph_of_passes_.contains(key) && asked.insert(key).second) to_rewrite.push_back(&variant);
  }
  std::vector<std::optional<Result<Graph>>> rewrites(to_rewrite.size());
  std::vector<std::string> structures(to_rewrite.size());
  const auto rewrite = [&](std::size_t i) {
    rewrites[i] = rewritten(*to_rewrite[i]);
    if (rewrites[i]->ok()) structures[i] = structure_of(**rewrites[i]);
  };
  for_each_index(to_rewrite.size(), 0, rewrite, watch_, "rewriting  variant");
  for (std::size_t i = 0; i < to_rewrite.size(); ++i) {
    const std::string key = passes_key(*to_rewrite[i]);
    if (!rewrites[i]->ok()) {
      graph_of_passes_.emplace(key, rewrites[i]->errors());
      continue;
    }
    const auto [known, is_new] =
        graph_of_structure_.emplace(std::move(structures[i]), graphs_.size());
    if (is_new) graphs_.push_back(std::make_unique<Graph>(**std::move(rewrites[i])));
    graph_of_passes_.emplace(key, known->second);
  }
  // The runs that are new.
  const auto run_key = [&](const Variant& variant, GraphId graph) {
    return std::to_string(graph) + ":" + planner_key(variant);
  };
  std::vector<std::pair<std::string, const Variant*>> to_run;
  asked.clear();
  for (const Variant& variant : variants) {
    const Result<GraphId>& graph = graph_of_passes_.at(passes_key(variant));
    if (!graph.ok()) continue;
    std::string key = run_key(variant, *graph);
    if (figures_.contains(key) || !asked.insert(key).second) continue;
    to_run.emplace_back(std::move(key), &variant);
  }
  std::vector<std::optional<Result<VariantFigures>>> outcomes(to_run.size());
  const auto run = [&](std::size_t i) {
    const Variant& variant = *to_run[i].second;
    const GraphId graph = *graph_of_passes_.at(passes_key(variant));
    outcomes[i] = run_plan(*graphs_[graph], chip_, options_of(variant), variant.precision, memo_);
  };
  for_each_index(to_run.size(), 0, run, watch_, "simulating  variant");
  for (std::size_t i = 0; i < to_run.size(); ++i)
    figures_.emplace(to_run[i].first, *std::move(outcomes[i]));
  std::vector<Result<VariantFigures>> answers;
  for (const Variant& variant : variants) {
    const Result<GraphId>& graph = graph_of_passes_.at(passes_key(variant));
    if (graph.ok()) {
      answers.push_back(figures_.at(run_key(variant, *graph)));
    } else {
      answers.emplace_back(graph.errors());
    }
  }
  return answers;
}

Result<VariantFigures> Variants::figures(const Variant& variant) {
  return figures(std::vector<Variant>{variant}).front();
}

Result<std::vector<Picoseconds>> Variants::makespans(const std::vector<Variant>& variants) {
  std::vector<Picoseconds> makespans;
  for (const Result<VariantFigures>& figures : figures(variants)) {
    if (!figures.ok()) return figures.errors();
    makespans.push_back(figures->makespan);
  }
  return makespans;
}

Result<Variants::Compiled> Variants::compiled(const Variant& variant) const {
  Compiled compiled;
  TPU_TRY(compiled.graph, rewritten(variant));
  TPU_TRY(compiled.plan, plan_layer_groups(compiled.graph, chip_, options_of(variant)));
  return compiled;
}

}  // namespace tpuscope
