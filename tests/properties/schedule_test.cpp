// While both engines run, neither touches the bytes of local memory that the other works on: a load
// never writes what a computation reads or writes, a store never reads what one writes.

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/pipeline.h"
#include "passes/precision.h"
#include "sim/engine.h"
#include "sim/simulator.h"

namespace tpuscope {
namespace {

bool overlap(const LocalRange& a, const LocalRange& b) {
  return a.bytes > 0 && b.bytes > 0 && a.address < b.address + b.bytes &&
         b.address < a.address + a.bytes;
}

/// Whether the transfer and the computation, running at the same time, would race.
bool race(const Command& transfer, const Command& computation) {
  if (transfer.direction == Direction::kLocalToDdr) {
    return overlap(transfer.operands[0], computation.result);
  }
  if (transfer.direction != Direction::kDdrToLocal) return false;
  bool races = overlap(transfer.result, computation.result);
  for (std::size_t i = 0; i < computation.operand_count; ++i) {
    races = races || overlap(transfer.result, computation.operands[i]);
  }
  return races;
}

/// Pairs of commands that race. Each engine runs one command at a time, so that a walk along both
/// queues finds every pair that overlaps in time.
std::size_t races(const Program& program, const Timeline& timeline) {
  std::array<std::vector<std::size_t>, kEngineCount> queues;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    queues[static_cast<std::size_t>(program.commands[i].engine)].push_back(i);
  }
  const auto& computations = queues[static_cast<std::size_t>(Engine::kBdc)];
  const auto& transfers = queues[static_cast<std::size_t>(Engine::kGdma)];
  std::size_t found = 0;
  std::size_t first = 0;
  for (const std::size_t transfer : transfers) {
    while (first < computations.size() &&
           timeline.end[computations[first]] <= timeline.start[transfer]) {
      ++first;
    }
    for (std::size_t i = first;
         i < computations.size() && timeline.start[computations[i]] < timeline.end[transfer]; ++i) {
      if (race(program.commands[transfer], program.commands[computations[i]])) ++found;
    }
  }
  return found;
}

Simulation run(const std::string& name, DType precision) {
  Graph graph = *load_graph(name);
  REQUIRE(lower_precision(graph, precision).ok());
  REQUIRE(run_pipeline(graph, {.switches = switch_names()}).ok());
  const Chip chip = *load_chip("bm1684x");
  return *simulate(graph, chip, *plan_single_ops(graph, chip));
}

TEST_CASE("the engines never race for local memory") {
  for (const std::string& name : builtin_names()) {
    for (const DType precision : {DType::kF32, DType::kF16, DType::kI8}) {
      CAPTURE(name);
      CAPTURE(name_of(precision));
      const Simulation simulation = run(name, precision);
      CHECK(races(simulation.program, simulation.timeline) == 0);
    }
  }
}

TEST_CASE("a load that does not wait for the reader of its place is a race") {
  Simulation simulation = run("resnet50", DType::kF16);
  for (Command& command : simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) command.wait_id = 0;
  }
  const Timeline timeline = tpuscope::run(simulation.program, *load_chip("bm1684x"));
  CHECK(races(simulation.program, timeline) > 0);
}

}  // namespace
}  // namespace tpuscope
