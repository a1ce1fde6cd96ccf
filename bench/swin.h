// Swin-T at every stage of its road, prepared outside the measured loops.

#pragma once

#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "graph/frontend.h"
#include "passes/compile.h"
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

/// All passes on, in FP16, every op alone, simulated.
inline Profile profiled_swin() {
  Run run = must(Compiler(imported_swin()).run({.groups = {.method = GroupMethod::kAlone}}));
  return make_profile(run.network->graph, std::move(run.simulation), *run.chip,
                      {.source = "swin_t", .precision = DType::kF16, .chip = run.chip->name}, {});
}

}  // namespace tpuscope::bench
