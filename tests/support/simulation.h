// Graphs simulated with every op alone.

#pragma once

#include <string_view>

#include <doctest/doctest.h>

#include "passes/lower/simulator.h"
#include "passes/planner/plan_single_ops.h"
#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

namespace tpuscope::test {

inline Simulation simulated(const Graph& graph, const Chip& chip) {
  const Result<Plan> plan = plan_single_ops(graph, chip);
  if (!plan.ok()) FAIL(plan.error().where, ": ", plan.error().message);
  const Result<Simulation> simulation = simulate(graph, chip, *plan);
  if (!simulation.ok()) FAIL(simulation.error().where, ": ", simulation.error().message);
  return *simulation;
}

inline Simulation simulated(std::string_view text, const Chip& chip) {
  return simulated(testing::graph_of(text), chip);
}

/// From the first command that may start to the end of the last, in cycles of a 1 GHz clock.
inline std::int64_t cycles_of(const Simulation& simulation) {
  return (simulation.timeline.makespan.value - simulation.timeline.launch.value) / 1000;
}

}  // namespace tpuscope::test
