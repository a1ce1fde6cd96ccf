// Positions of extremes of long rows, beside the compiler's own commands for the same shapes.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "sim/verify/schedule_check.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

Graph graph_of_arg(const std::string& shape, std::int64_t axis) {
  return testing::graph_of(
      fmt::format("x = Input f32[{}]\ny = Arg(x) mode=\"max\" axis={}\nreturn y\n", shape, axis));
}

Simulation run_of(const std::string& shape, std::int64_t axis) {
  return simulated(graph_of_arg(shape, axis), *load_chip("bm1684x"));
}

std::int64_t count_of(const Simulation& run, Engine engine) {
  const auto& commands = run.program.commands;
  return std::count_if(commands.begin(), commands.end(),
                       [&](const Command& command) { return command.engine == engine; });
}

std::int64_t between_lanes(const Simulation& run) {
  const auto& commands = run.program.commands;
  return std::count_if(commands.begin(), commands.end(), [](const Command& command) {
    return command.direction == Direction::kLocalToLocal;
  });
}

TEST_CASE("an ArgMax has as many commands as the compiler makes of the same shape") {
  struct Expected {
    const char* text;
    std::int64_t axis;
    std::int64_t bdc;
    std::int64_t gdma;
  };
  for (const Expected& shape :
       {Expected{"1,128", 1, 12, 2}, Expected{"1,1000", 1, 15, 2}, Expected{"64,1000", 1, 15, 2},
        Expected{"1,4096", 1, 17, 2}, Expected{"1,21,64,64", 1, 11, 2},
        Expected{"1,100,3200", 1, 12, 2}, Expected{"1,32000", 1, 22, 4},
        Expected{"1,100000", 1, 24, 4}, Expected{"1,1,151936", 2, 25, 4},
        Expected{"2,32000", 1, 70, 13}, Expected{"4,151936", 1, 310, 58},
        Expected{"100,151936", 1, 620, 116}}) {
    CAPTURE(shape.text);
    const Simulation run = run_of(shape.text, shape.axis);
    CHECK(count_of(run, Engine::kBdc) == shape.bdc);
    CHECK(count_of(run, Engine::kGdma) == shape.gdma);
  }
}

TEST_CASE("one row longer than two banks is on all lanes, a short one on one") {
  // 8,192 elements of 4 bytes are two banks; the extreme and its position change lanes.
  CHECK(between_lanes(run_of("1,8192", 1)) == 0);
  CHECK(between_lanes(run_of("1,8193", 1)) == 2);
  // Sixteen times the row in less time: 64 lanes instead of one.
  CHECK(cycles_of(run_of("1,131072", 1)) < cycles_of(run_of("1,8192", 1)));
  // Rows across lanes stay where they are.
  CHECK(between_lanes(run_of("1,151936,4", 1)) == 0);
}

TEST_CASE("schedules of long rows hold, whatever number of elements is left over") {
  for (const char* shape : {"1,8193", "1,524289", "1,1,151937", "3,5,8200", "65,20000"}) {
    CAPTURE(shape);
    const Graph graph = graph_of_arg(shape, -1);
    const Chip chip = *load_chip("bm1684x");
    const Simulation run = simulated(graph, chip);
    CHECK(check_schedule(graph, chip, run.program, run.timeline).empty());
  }
}

}  // namespace
}  // namespace tpuscope::test
