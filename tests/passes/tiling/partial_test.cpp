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

namespace {

/// Bytes loaded and stored, and how often something is stored.
struct Traffic {
  std::int64_t loaded = 0;
  std::int64_t stored = 0;
  std::size_t stores = 0;
};

Traffic traffic_of(const Simulation& simulation) {
  Traffic traffic;
  for (const Command& command : simulation.program.commands) {
    if (command.direction == Direction::kDdrToLocal) traffic.loaded += command.bytes;
    if (command.direction != Direction::kLocalToDdr) continue;
    traffic.stored += command.bytes;
    ++traffic.stores;
  }
  return traffic;
}

}  // namespace

TEST_CASE("a softmax longer than a lane passes three times: maximum, sum, results") {
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of("x = Input f32[1,400]\ny = Softmax(x) axis=1\nreturn y\n");
  const Simulation simulation = simulated(graph, chip);
  const SingleOp& alone = *simulation.plan.groups.at(0).single();
  CHECK(alone.pieces > 1);
  CHECK(alone.sweeps == 3);
  check_in_order(graph, simulation, chip);
  const Traffic traffic = traffic_of(simulation);
  CHECK(traffic.loaded == 3 * 400 * 4);
  CHECK(traffic.stored == 400 * 4);
  CHECK(traffic.stores == static_cast<std::size_t>(alone.pieces));
}

TEST_CASE("a softmax that fits passes once") {
  const Chip chip = mini_chip();
  const Simulation simulation =
      simulated("x = Input f32[1,40]\ny = Softmax(x) axis=1\nreturn y\n", chip);
  CHECK(simulation.plan.groups.at(0).single()->pieces == 1);
  CHECK(simulation.plan.groups.at(0).single()->sweeps == 1);
  CHECK(traffic_of(simulation).loaded == 40 * 4);
}

TEST_CASE("norms and positions of extremes pass once for each fold, and once more for results") {
  struct Case {
    const char* text;
    std::int64_t sweeps;
    std::int64_t result_bytes;
  };
  const std::int64_t row = 400 * 4;
  for (const Case& each : std::vector<Case>{
           // mean, variance, results
           {"x = Input f32[1,400]\ns = Weight f32[400]\nb = Weight f32[400]\n"
            "y = LayerNorm(x, s, b)",
            3, row},
           {"x = Input f32[1,400]\ns = Weight f32[400]\ny = RmsNorm(x, s)", 2, row},
           {"x = Input f32[1,400]\ny = LpNorm(x)", 2, row},
           {"x = Input f32[1,400]\ny = LogSoftmax(x)", 3, row},
           {"x = Input f32[1,2,400]\ns = Weight f32[2]\nb = Weight f32[2]\n"
            "y = InstanceNorm(x, s, b)",
            3, 2 * row},
           {"x = Input f32[1,4,400]\ns = Weight f32[4]\nb = Weight f32[4]\n"
            "y = GroupNorm(x, s, b) groups=2",
            3, 4 * row},
           // the largest element, the first position that has it
           {"x = Input f32[1,400,2]\ny = Arg(x) mode=\"max\" axis=1", 2, 16},
           // the largest, the sum behind it
           {"x = Input f32[1,400]\ny = Reduce(x) mode=\"log_sum_exp\" axes=[1]", 2, 4}}) {
    CAPTURE(each.text);
    const Chip chip = mini_chip();
    const Graph graph = testing::graph_of(each.text);
    const Simulation simulation = simulated(graph, chip);
    const SingleOp& alone = *simulation.plan.groups.at(0).single();
    CHECK(alone.pieces > 1);
    CHECK(alone.sweeps == each.sweeps);
    CHECK(traffic_of(simulation).stored == each.result_bytes);
    check_in_order(graph, simulation, chip);
  }
}

TEST_CASE("the largest elements of a long row are those of its pieces, sorted again") {
  const Chip chip = mini_chip();
  const Graph graph =
      testing::graph_of("x = Input f32[1,800]\nv, i = TopK(x) k=4 axis=1\nreturn v, i\n");
  const Simulation simulation = simulated(graph, chip);
  CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
  CHECK(simulation.plan.groups.at(0).single()->sweeps == 1);
  check_in_order(graph, simulation, chip);
}

TEST_CASE("a map under one window is folded in pieces, one under several is not") {
  const Chip chip = mini_chip();
  const Graph whole_map =
      testing::graph_of("x = Input f32[1,4,30,30]\ny = AveragePool(x) kernel=[30,30]\nreturn y\n");
  const Simulation simulation = simulated(whole_map, chip);
  CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
  CHECK(traffic_of(simulation).loaded == 4 * 900 * 4);
  check_in_order(whole_map, simulation, chip);
  const Result<Plan> refused = plan_single_ops(
      testing::graph_of("x = Input f32[1,4,31,31]\ny = AveragePool(x) kernel=[30,30]\nreturn y\n"),
      chip);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("its smallest tile needs") != std::string::npos);
}

TEST_CASE(
    "an inner axis that does not fit is summed up in parts, whichever operand is transposed") {
  const Chip chip = mini_chip();
  for (const char* text :
       {"x = Input f32[4,900]\nw = Weight f32[900,4]\nb = Weight f32[4]\ny = MatMul(x, w, b)",
        "x = Input f16[4,1800]\nw = Weight f16[4,1800]\ny = MatMul(x, w) right_transpose=true",
        "x = Input f16[1800,4]\nw = Weight f16[1800,4]\ny = MatMul(x, w) left_transpose=true",
        "x = Input i8[4,3600]\nw = Weight i8[3600,4]\nb = Weight i32[4]\ny = MatMul(x, w, b)"}) {
    CAPTURE(text);
    const Graph graph = testing::graph_of(text);
    const Simulation simulation = simulated(graph, chip);
    CHECK(simulation.plan.groups.at(0).single()->pieces > 1);
    check_in_order(graph, simulation, chip);
    const TensorType& x = graph.type(graph[graph.outputs().front()].inputs[0]);
    std::int64_t operations = 0;
    for (const Command& command : simulation.program.commands) {
      if (command.kind == CommandKind::kMatMul) operations += command.useful_ops;
    }
    const std::int64_t inner = x.dtype == DType::kF32 ? 900 : x.dtype == DType::kF16 ? 1800 : 3600;
    CHECK(operations == 2 * 4 * 4 * inner);  // no product is done twice
  }
}

TEST_CASE("groups of channels whose filters do not fit together are tiles of their own") {
  // Each of two groups has filters of 2 channels over 2 channels and 50 taps.
  const Chip chip = mini_chip();
  const Graph graph = testing::graph_of(R"(
    x = Input f32[1,4,60]
    w = Weight f32[4,2,50]
    y = Conv(x, w) group=2
    return y
  )");
  const Simulation simulation = simulated(graph, chip);
  const SingleOp& alone = *simulation.plan.groups.at(0).single();
  for (const SliceLoop& loop : alone.loops)
    CHECK((loop.axis != 1 || loop.extent == 2));
  check_in_order(graph, simulation, chip);
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
