// client NETWORK CHIP: prints the milliseconds that a network takes, by the installed library
// alone.

#include <cstdio>

#include "graph/frontend.h"
#include "passes/lower/simulator.h"
#include "passes/planner/plan_single_ops.h"

int main(int, char** arguments) {
  const auto time = [&]() -> tpuscope::Result<tpuscope::Picoseconds> {
    TPU_TRY(const tpuscope::Graph graph, tpuscope::load_graph(arguments[1]));
    TPU_TRY(const tpuscope::Chip chip, tpuscope::load_chip(arguments[2]));
    TPU_TRY(const tpuscope::Plan plan, tpuscope::plan_single_ops(graph, chip));
    TPU_TRY(const tpuscope::Simulation simulation, tpuscope::simulate(graph, chip, plan));
    return simulation.timeline.makespan;
  }();
  if (!time.ok()) return std::fprintf(stderr, "%s\n", time.error().message.c_str()), 1;
  std::printf("%.3f ms\n", static_cast<double>(time->value) / 1e9);
}
