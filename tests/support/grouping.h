// Networks lowered, rewritten and grouped, for tests.

#pragma once

#include <string>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/layer_group/plan_groups.h"
#include "passes/layer_group/switches.h"
#include "passes/pipeline.h"
#include "passes/precision.h"
#include "sim/simulator.h"

namespace tpuscope::testing {

/// The network as the chip gets it under these switches ("optimized", "baseline,+cancel_permutes").
inline Graph prepared(Graph graph, DType precision, const std::string& switches) {
  REQUIRE(lower_precision(graph, precision).ok());
  REQUIRE(run_pipeline(graph, {.switches = *parse_switches(switches)}).ok());
  return graph;
}

inline Graph prepared(const std::string& name, DType precision, const std::string& switches) {
  Result<Graph> graph = load_graph(name);
  REQUIRE(graph.ok());
  return prepared(*std::move(graph), precision, switches);
}

inline GroupOptions grouping(const std::string& switches, GroupMethod method = GroupMethod::kDp) {
  return with_switches({.method = method}, *parse_switches(switches));
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

}  // namespace tpuscope::testing
