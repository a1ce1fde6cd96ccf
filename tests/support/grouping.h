// Networks lowered, rewritten, grouped and simulated, for tests.

#pragma once

#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/compile.h"
#include "passes/planner/plan_groups.h"
#include "passes/rewrites/half_erf.h"
#include "passes/rewrites/permute_steps.h"

namespace tpuscope::testing {

/// The network as the chip gets it under these switches ("optimized", "baseline,+cancel_permutes");
/// error functions of 16 bits as those without kernels for them do.
/// `float_type`: what the chip computes with where the precision is an integer.
inline Graph prepared(Graph graph, DType precision, const std::string& switches,
                      DType float_type = DType::kF16) {
  SwitchSet chosen = *parse_switches(switches);
  chosen.set(kHalfErf, false);
  Result<Network> network = rewrite(
      std::move(graph), {.precision = precision, .float_type = float_type}, {.switches = chosen});
  REQUIRE(network.ok());
  if (chosen.has(kPermuteSteps)) add_permute_steps(network->graph);
  return std::move(network->graph);
}

inline Graph prepared(const std::string& name, DType precision, const std::string& switches) {
  Result<Graph> graph = load_graph(name);
  REQUIRE(graph.ok());
  return prepared(*std::move(graph), precision, switches);
}

/// By silicon's prices: what the planner expects is what the simulation takes.
inline GroupOptions grouping(const std::string& switches,
                             std::optional<GroupMethod> method = std::nullopt) {
  return with_switches({.method = method, .plan_by = PlanBy::kSilicon}, *parse_switches(switches));
}

inline Plan planned(const Graph& graph, const Chip& chip, const GroupOptions& options) {
  const Result<Plan> plan = plan_layer_groups(graph, chip, options);
  if (!plan.ok()) FAIL(plan.error().where, ": ", plan.error().message);
  return *plan;
}

/// What the planner expects of the whole network, picoseconds.
inline std::int64_t expected_time(const Plan& plan) {
  std::int64_t sum = 0;
  for (const Group& group : plan.groups)
    sum += group.estimate.value;
  return sum;
}

/// A network and its run.
struct GraphRun {
  Graph graph{};
  Simulation simulation{};
};

/// Empty where the chip cannot run an op: it lacks the precision, or cannot hold the smallest tile.
inline std::optional<GraphRun> simulated(const Graph& network, const Chip& chip, DType precision,
                                         const std::string& switches) {
  GraphRun run{.graph = prepared(network, precision, switches, float_type_of(chip))};
  const Result<Plan> plan = plan_layer_groups(run.graph, chip, grouping(switches));
  if (!plan.ok()) {
    CHECK(plan.error().code == ErrorCode::kUnsupported);
    return std::nullopt;
  }
  Result<Simulation> simulation = simulate(run.graph, chip, *plan);
  REQUIRE(simulation.ok());
  run.simulation = *std::move(simulation);
  return run;
}

}  // namespace tpuscope::testing
