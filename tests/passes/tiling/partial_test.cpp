// Ops of which even one result folds more than local memory holds.

#include "passes/tiling/partial.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "sim/verify/schedule_check.h"
#include "tests/support/simulation.h"

using namespace tpuscope;
using test::cycles_of;
using test::mini_chip;
using test::simulated;

namespace {

void check_in_order(const Graph& graph, const Simulation& simulation, const Chip& chip) {
  for (const Error& error : check_schedule(graph, chip, simulation.program, simulation.timeline)) {
    FAIL_CHECK(error.message);
  }
}

std::vector<CommandKind> computations(const Simulation& simulation) {
  std::vector<CommandKind> kinds;
  for (const Command& command : simulation.program.commands) {
    if (command.engine == Engine::kBdc) kinds.push_back(command.kind);
  }
  return kinds;
}

}  // namespace

TEST_CASE("a row longer than a lane is folded in pieces that are joined") {
  // One row of 400 f32 is 1600 bytes; a lane has 1024. Four pieces of 400 bytes: two take turns.
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of(R"(
    x = Input f32[400]
    y = Reduce(x) mode="mean" axes=[0]
    return y
  )");
  const Simulation simulation = simulated(graph, chip);
  const Group& group = simulation.plan.groups.at(0);
  CHECK(group.single()->pieces == 4);
  CHECK(group.single()->operands.at(0).ranges.size() == 2);
  check_in_order(graph, simulation, chip);
  std::int64_t loaded = 0;
  std::size_t stores = 0;
  for (const Command& command : simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) loaded += command.bytes;
    stores += command.direction == Direction::kLocalToDdr ? 1U : 0U;
  }
  CHECK(loaded == 1600);
  CHECK(stores == 1);
  // Fold; fold and join, three times: means are sums times a factor. A fold is two: whole vectors,
  // and the elements of one.
  using enum CommandKind;
  CHECK(computations(simulation) == std::vector<CommandKind>{kReduce, kReduce, kReduce, kReduce,
                                                             kArith, kReduce, kReduce, kArith,
                                                             kReduce, kReduce, kArith});
}

TEST_CASE("a row that fits is folded at once") {
  const Simulation simulation = simulated(R"(
    x = Input f32[100]
    y = Reduce(x) mode="sum" axes=[0]
    return y
  )",
                                          mini_chip());
  CHECK(simulation.plan.groups.at(0).single()->pieces == 1);
  CHECK(computations(simulation) ==
        std::vector<CommandKind>{CommandKind::kReduce, CommandKind::kReduce});
}

TEST_CASE("every mode that has partial results folds long rows in order, squares before folding") {
  const Chip chip = mini_chip();
  for (const std::string mode :
       {"sum", "max", "min", "prod", "l1", "l2", "sum_square", "log_sum"}) {
    CAPTURE(mode);
    const Graph graph = testing::graph_of("x = Input f32[3,50,8]\ny = Reduce(x) mode=\"" + mode +
                                          "\" axes=[0,1,2]\nreturn y\n");
    const Simulation simulation = simulated(graph, chip);
    CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
    check_in_order(graph, simulation, chip);
  }
}

TEST_CASE("input channels that do not fit are summed up in the result's place") {
  // One pixel needs 600 input channels: 150 per lane, 600 bytes of f32, and twice that to overlap.
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of(R"(
    x = Input f32[1,600,2,2]
    w = Weight f32[4,600,1,1]
    y = Conv(x, w)
    return y
  )");
  const Simulation simulation = simulated(graph, chip);
  CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
  check_in_order(graph, simulation, chip);
  std::int64_t operations = 0;
  for (const Command& command : simulation.program.commands) {
    if (command.kind == CommandKind::kConv) operations += command.useful_ops;
  }
  CHECK(operations == 2 * 600 * 4 * 4);  // no product is done twice
}

TEST_CASE("each piece of a volume's channels is convolved for every plane of the result") {
  // Three planes, read by taps over two of them, make two.
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of(R"(
    x = Input f32[1,600,3,1,2]
    w = Weight f32[4,600,2,1,1]
    y = Conv(x, w)
    return y
  )");
  const Simulation simulation = simulated(graph, chip);
  CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
  check_in_order(graph, simulation, chip);
  std::int64_t operations = 0;
  for (const Command& command : simulation.program.commands) {
    if (command.kind == CommandKind::kConv) operations += command.useful_ops;
  }
  CHECK(operations == 2 * 600 * 2 * 4 * 2 * 2);  // channels, taps, of 4 by 2 planes by 2 pixels
}

TEST_CASE("what needs the whole row at once has no partial results and is refused") {
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of("x = Input f32[1,400]\ny = Softmax(x) axis=1\nreturn y\n");
  const Result<Plan> plan = plan_single_ops(graph, chip);
  REQUIRE_FALSE(plan.ok());
  CHECK(plan.error().code == ErrorCode::kUnsupported);
  CHECK(plan.error().message.find("its smallest tile needs") != std::string::npos);
}

TEST_CASE("piece counts rise to one index per piece, and none of them leaves a piece empty") {
  const FoldRange fold{{0}, {0, 10}};
  const std::vector<std::int64_t> counts = piece_counts(fold);
  CHECK(counts.front() == 2);
  CHECK(counts.back() == 10);
  CHECK(std::is_sorted(counts.begin(), counts.end()));
  for (const std::int64_t count : counts)
    CHECK((count - 1) * ceil_div(10, count) < 10);
}
