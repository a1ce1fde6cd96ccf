// Swin-T at every stage of its road, prepared outside the measured loops.

#pragma once

#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "graph/frontend.h"
#include "passes/lower/simulator.h"
#include "passes/pipeline.h"
#include "passes/planner/plan_single_ops.h"
#include "passes/precision/precision.h"
#include "profiles/report/report.h"

namespace tpuscope::bench {

/// The value; a benchmark without its input has nothing to measure.
template <typename T>
T must(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  fmt::print(stderr, "{}: {}\n", result.error().where, result.error().message);
  std::exit(1);
}

inline Graph imported_swin() {
  return must(load_graph("swin_t"));
}

inline Chip chip() {
  return must(load_chip("bm1684x"));
}

/// All switches on, in FP16, simulated.
inline Profile profiled_swin() {
  Graph graph = imported_swin();
  must(lower_precision(graph, DType::kF16));
  must(run_pipeline(graph, {.switches = switch_names()}));
  const Chip target = chip();
  const Plan plan = must(plan_single_ops(graph, target));
  Simulation simulation = must(simulate(graph, target, plan));
  return make_profile(std::move(graph), std::move(simulation), target,
                      {.source = "swin_t", .precision = DType::kF16, .chip = target.name}, {});
}

}  // namespace tpuscope::bench
