// Running sums beside the compiler's commands for the same shapes.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "sim/verify/schedule_check.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

Graph graph_of_cumsum(const std::string& shape, const std::string& attributes) {
  return testing::graph_of(
      fmt::format("x = Input f32[{}]\ny = CumSum(x) {}\nreturn y\n", shape, attributes));
}

std::int64_t count_of_cumsum(const Simulation& run, Engine engine) {
  const auto& commands = run.program.commands;
  return std::count_if(commands.begin(), commands.end(),
                       [&](const Command& command) { return command.engine == engine; });
}

TEST_CASE("each position of a CumSum is loaded, added and stored") {
  // The compiler makes 127, 63 and 31 additions of these: the first position needs none.
  struct Expected {
    const char* shape;
    const char* attributes;
    std::int64_t positions;
  };
  for (const Expected& row :
       {Expected{"1,128,64", "axis=1", 128}, Expected{"1,128,64", "axis=2", 64},
        Expected{"1,32,28,28", "axis=1 reverse=true", 32}}) {
    CAPTURE(row.shape);
    const Simulation run =
        simulated(graph_of_cumsum(row.shape, row.attributes), *load_chip("bm1684x"));
    CHECK(count_of_cumsum(run, Engine::kBdc) == row.positions);
    CHECK(count_of_cumsum(run, Engine::kGdma) == 2 * row.positions);
  }
}

TEST_CASE("sums without the element itself are cut into tiles, as very long ones are") {
  for (const char* attributes : {"axis=1 exclusive=true", "axis=2"}) {
    CAPTURE(attributes);
    const Simulation run =
        simulated(graph_of_cumsum("1,128,4096", attributes), *load_chip("bm1684x"));
    CHECK(count_of_cumsum(run, Engine::kBdc) < 128);
  }
}

TEST_CASE("schedules of running sums hold, whatever is left over of rows and columns") {
  for (const char* shape : {"1,5,9000", "4100,3,5", "70,2,17000", "3,7,1", "1,1,1"}) {
    for (const char* attributes : {"axis=1", "axis=1 reverse=true"}) {
      for (const char* chip_name : {"bm1684x", "bm1688"}) {
        CAPTURE(shape);
        CAPTURE(attributes);
        const Graph graph = graph_of_cumsum(shape, attributes);
        const Chip chip = *load_chip(chip_name);
        const Simulation run = simulated(graph, chip);
        CHECK(check_schedule(graph, chip, run.program, run.timeline).empty());
      }
    }
  }
}

TEST_CASE("a sum that does not go on from the one before lacks what that was made of") {
  const Graph graph = graph_of_cumsum("1,3,8", "axis=1");
  const Chip chip = *load_chip("bm1684x");
  Simulation run = simulated(graph, chip);
  REQUIRE(check_schedule(graph, chip, run.program, run.timeline).empty());
  for (Command& command : run.program.commands) {
    if (command.engine == Engine::kBdc && command.operand_count == 2) {
      command.operand_count = 1;
      command.operand_parts[1] = kNone;
    }
  }
  CHECK_FALSE(check_schedule(graph, chip, run.program, run.timeline).empty());
}

}  // namespace
}  // namespace tpuscope::test
