// Ops alone: how they are cut, where their buffers lie, and what they cost in closed form.

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/simulation.h"

using namespace tpuscope;
using test::bm1684x;
using test::cycles_of;
using test::mini_chip;
using test::simulated;

namespace {

std::size_t commands_of(const Simulation& simulation, CommandKind kind) {
  return static_cast<std::size_t>(
      std::count_if(simulation.program.commands.begin(), simulation.program.commands.end(),
                    [kind](const Command& command) { return command.kind == kind; }));
}

std::int64_t bytes_of(const Simulation& simulation, CommandKind kind) {
  std::int64_t bytes = 0;
  for (const Command& command : simulation.program.commands) {
    if (command.kind == kind) bytes += command.bytes;
  }
  return bytes;
}

void check_memory(const Simulation& simulation, const Chip& chip) {
  for (const Group& group : simulation.plan.groups) {
    const SingleOp& alone = *group.single();
    std::vector<LocalRange> places = alone.scratch.ranges;
    for (const auto* buffers : {&alone.operands, &alone.results}) {
      for (const LocalBuffer& buffer : *buffers)
        places.insert(places.end(), buffer.ranges.begin(), buffer.ranges.end());
    }
    std::sort(places.begin(), places.end(),
              [](const LocalRange& a, const LocalRange& b) { return a.address < b.address; });
    std::int64_t end = 0;
    for (const LocalRange& place : places) {
      CHECK(place.address >= end);
      end = std::int64_t{place.address} + place.bytes;
    }
    CHECK(end <= chip.local_bytes_per_lane());
  }
  const auto check_range = [&](const LocalRange& range) {
    CHECK(std::int64_t{range.address} + range.bytes <= chip.local_bytes_per_lane());
  };
  for (const Command& command : simulation.program.commands) {
    check_range(command.result);
    for (const LocalRange& operand : command.operands)
      check_range(operand);
  }
}

}  // namespace

TEST_CASE("an op that fits is a load, a compute and a store in a row") {
  const Simulation simulation = simulated(R"(
    x = Input f16[2,4]
    y = Relu(x)
  )",
                                          mini_chip());
  // 16 bytes at 8 a cycle: 10 + 2; one vector: 4 + 1; 16 bytes at 4 a cycle: 10 + 4; 2 waits of 2
  CHECK(simulation.program.commands.size() == 3);
  CHECK(cycles_of(simulation) == 16 + 2 + 5 + 2 + 16);
}

TEST_CASE("an op that does not fit is cut into tiles that take turns in two places") {
  const Chip chip = mini_chip();
  const Simulation simulation = simulated(R"(
    x = Input f16[64,64]
    y = Relu(x)
  )",
                                          chip);
  const Group& group = simulation.plan.groups.at(0);
  CHECK(group.slice_count() > 1);
  CHECK(group.single()->operands.at(0).ranges.size() == 2);
  CHECK(bytes_of(simulation, CommandKind::kLoad) == 64 * 64 * 2);
  CHECK(bytes_of(simulation, CommandKind::kStore) == 64 * 64 * 2);
  check_memory(simulation, chip);
}

TEST_CASE("parts of an 8-bit convolution load its input again, channels of a 16-bit one keep it") {
  const Simulation integers = simulated(
      "x = Input i8[1,512,46,46]\nw = Weight i8[512,512,3,3]\ny = Conv(x, w) pads=[1,1,1,1]",
      bm1684x());
  CHECK(integers.plan.groups.at(0).slice_count() == 2);
  CHECK(bytes_of(integers, CommandKind::kLoad) == 2 * 512 * 46 * 46);
  const Simulation halves = simulated(
      "x = Input f16[1,128,40,40]\nw = Weight f16[256,128,1,1]\ny = Conv(x, w)", bm1684x());
  CHECK(halves.plan.groups.at(0).slice_count() == 4);
  CHECK(bytes_of(halves, CommandKind::kLoad) == 128 * 40 * 40 * 2);
}

TEST_CASE("weights stay in local memory when only rows are cut") {
  const Simulation simulation = simulated(R"(
    x = Input f16[1,32768,256]
    w = Weight f16[256,64]
    y = MatMul(x, w)
  )",
                                          bm1684x());
  CHECK(simulation.plan.groups.at(0).slice_count() > 1);
  CHECK(bytes_of(simulation, CommandKind::kLoadWeight) == 256 * 64 * 2);
  CHECK(bytes_of(simulation, CommandKind::kLoad) == 32768 * 256 * 2);
}

TEST_CASE("a product in the cube is not cut where its operands fit, one of f32 is") {
  const auto slices = [](const std::string& type) {
    return simulated("x = Input " + type + "[1,4096,256]\nw = Weight " + type +
                         "[256,64]\ny = MatMul(x, w)\n",
                     bm1684x())
        .plan.groups.at(0)
        .slice_count();
  };
  CHECK(slices("f16") == 1);
  CHECK(slices("f32") > 1);
}

TEST_CASE("rows of a convolution overlap by its halo") {
  const Chip chip = bm1684x();
  const Simulation simulation = simulated(R"(
    x = Input f16[1,64,256,256]
    w = Weight f16[64,64,3,3]
    y = Conv(x, w) pads=[1,1,1,1]
  )",
                                          chip);
  const Group& group = simulation.plan.groups.at(0);
  // Rows, and perhaps columns: a halo of one element on both sides of each cut.
  std::int64_t elements = 64;
  for (const std::size_t axis : {2U, 3U}) {
    std::int64_t slices = 1;
    for (const SliceLoop& loop : group.single()->loops)
      slices = loop.axis == axis ? std::int64_t{loop.count} : slices;
    elements *= 256 + 2 * (slices - 1);
  }
  CHECK(group.slice_count() > 1);
  CHECK(bytes_of(simulation, CommandKind::kLoad) == elements * 2);
  check_memory(simulation, chip);
}

TEST_CASE("a tensor used twice by an elementwise op is loaded once") {
  const Simulation simulation = simulated(R"(
    x = Input f16[2,4]
    y = Mul(x, x)
  )",
                                          mini_chip());
  CHECK(commands_of(simulation, CommandKind::kLoad) == 1);
}

TEST_CASE("a one-element constant is part of the instruction, a longer one is loaded") {
  CHECK(
      commands_of(simulated("x = Input f16[2,4]\n w = Weight f16[1]\n y = Mul(x, w)", mini_chip()),
                  CommandKind::kLoadWeight) == 0);
  CHECK(
      commands_of(simulated("x = Input f16[2,4]\n w = Weight f16[4]\n y = Mul(x, w)", mini_chip()),
                  CommandKind::kLoadWeight) == 1);
}

TEST_CASE("a reshape costs nothing, a slice costs nothing along the outermost axis only") {
  const Chip chip = bm1684x();
  const auto commands = [&](const std::string& op) {
    return simulated("x = Input f16[1,64,128]\n y = " + op + "\n z = Relu(y)", chip)
        .program.commands.size();
  };
  CHECK(commands("Reshape(x) shape=[64,128]") == 3);
  CHECK(commands("Slice(x) starts=[0,8,0] extents=[1,8,128]") == 3);
  CHECK(commands("Slice(x) starts=[0,0,8] extents=[1,64,8]") > 3);
}

TEST_CASE("a permute of whole rows is a copy, its time that of the rows or of the bytes") {
  const Chip chip = bm1684x();
  const auto cycles = [&](const std::string& order) {
    return 0.95 * static_cast<double>(cycles_of(simulated(
                      "x = Input f16[64,49,12,32]\n y = Permute(x) order=" + order, chip)));
  };
  // Rows of 384 elements: 2.4 MB at 28.3 bytes a cycle take longer than 3136 rows at 4 cycles.
  CHECK(cycles("[1,0,2,3]") == doctest::Approx(64 * 49 * 384 * 2 / 28.3).epsilon(0.03));
  // Rows of 32: 37 632 of them at 4 cycles.
  CHECK(cycles("[0,2,1,3]") == doctest::Approx(64 * 49 * 12 * 4.0).epsilon(0.03));
}

TEST_CASE("a transposition goes through local memory, where lanes turn their elements over") {
  const Chip chip = bm1684x();
  const Simulation run = simulated("x = Input f16[96,3136]\n y = Permute(x) order=[1,0]", chip);
  REQUIRE(run.program.commands.size() == 3);
  CHECK(run.program.commands[0].kind == CommandKind::kLoad);
  CHECK(run.program.commands[1].engine == Engine::kBdc);
  // 96 x 3136 elements, one a cycle in each of 64 lanes
  CHECK(run.program.commands[1].cost.total() == doctest::Approx(96 * 49 + 8));
  CHECK(run.program.commands[2].kind == CommandKind::kStore);
  CHECK(run.program.commands[2].wait_id == 1);
  // Loads of 49 elements each, 6144 of them at 3.7 cycles, and a store of 64 pieces.
  CHECK(run.program.commands[0].cost.total() ==
        doctest::Approx(155 + 165 + 32 + (96 * 64 - 32) * 3.7).epsilon(0.001));
}

TEST_CASE("a window that exceeds local memory is an error that says by how much") {
  const Graph graph =
      testing::graph_of("x = Input f16[1,4,31,31]\n y = AveragePool(x) kernel=[30,30]");
  const Result<Plan> plan = plan_single_ops(graph, mini_chip());
  REQUIRE(!plan.ok());
  CHECK(plan.error().code == ErrorCode::kUnsupported);
  CHECK(plan.error().message.find("per lane") != std::string::npos);
  CHECK(plan_single_ops(graph, bm1684x()).ok());
}

TEST_CASE("a precision that the chip lacks is reported once with the ops that need it") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[4,8]
    a = Weight f16[8,8]
    y = MatMul(x, a)
    z = MatMul(y, a)
  )");
  const Result<Plan> plan = plan_single_ops(graph, mini_chip({{"cube.f16_channels", "0"}}));
  REQUIRE(!plan.ok());
  CHECK(plan.errors().size() == 1);
  CHECK(plan.error().message == "mini has no f16");
}

TEST_CASE("ops with a kernel in half precision are refused in f32, with what to choose instead") {
  const auto plan_of = [](const std::string& type) {
    const std::string text = fmt::format(
        "x = Input {0}[1,4]\nw = Weight u8[64,2]\ns = Weight {0}[64,2]\nz = Weight u8[64,2]\n"
        "y = A16MatMul(x, w, s, z) bits=4 group=2\n"
        "q = Input {0}[1,2,2,64]\nm = Input {0}[1,1,2,2]\n"
        "a = GroupedAttention(q, q, q, m) scale=0.5\nreturn y, a\n",
        type);
    return plan_single_ops(testing::graph_of(text), bm1684x());
  };
  const Result<Plan> plan = plan_of("f32");
  REQUIRE(!plan.ok());
  REQUIRE(plan.errors().size() == 2);
  CHECK(plan.errors()[0].code == ErrorCode::kUnsupported);
  CHECK(plan.errors()[0].message == "A16MatMul has no f32 form");
  CHECK(plan.errors()[0].where == "y");
  CHECK(plan.errors()[0].hint.find("--precision f16 or bf16") != std::string::npos);
  CHECK(plan.errors()[1].message == "GroupedAttention has no f32 form");
  CHECK(plan_of("f16").ok());
  CHECK(plan_of("bf16").ok());
}

TEST_CASE("a rotary embedding is a sum of products that has an f32 form") {
  CHECK(plan_single_ops(testing::graph_of("x = Input f32[1,2,4,8]\nc = Input f32[1,2,1,8]\n"
                                          "y = Rope(x, c, c)"),
                        bm1684x())
            .ok());
}

TEST_CASE("the same network gives the same program") {
  const std::string text = R"(
    x = Input f16[1,64,56,56]
    w = Weight f16[64,64,3,3]
    a = Conv(x, w) pads=[1,1,1,1]
    b = Relu(a)
    c = Conv(b, w) pads=[1,1,1,1]
  )";
  const Simulation first = simulated(text, bm1684x());
  const Simulation second = simulated(text, bm1684x());
  CHECK(first.timeline.makespan == second.timeline.makespan);
  CHECK(first.program.commands.size() == second.program.commands.size());
}

TEST_CASE("equal blocks are lowered to equal commands, whose ids go on") {
  const Simulation simulation = simulated(R"(
    x = Input f16[2,4]
    y = Relu(x)
    z = Relu(y)
  )",
                                          mini_chip());
  const auto& commands = simulation.program.commands;
  REQUIRE(commands.size() == 6);
  CHECK(commands[3].cost.total() == commands[0].cost.total());
  CHECK(commands[4].id == 2);       // the second BDC command
  CHECK(commands[4].wait_id == 3);  // load, store, load
}

TEST_CASE("more bandwidth, clock or multipliers are never slower") {
  const std::string text = R"(
    x = Input f16[1,64,56,56]
    w = Weight f16[256,64,3,3]
    a = Conv(x, w) pads=[1,1,1,1]
    b = Softmax(a) axis=3
    c = Permute(b) order=[0,2,3,1]
  )";
  const std::int64_t base = cycles_of(simulated(text, bm1684x()));
  CHECK(cycles_of(simulated(text, bm1684x({{"command.load_bytes_per_cycle", "40"}}))) > base);
  CHECK(cycles_of(simulated(text, bm1684x({{"clock.tiu_mhz", "1200"}}))) <= base);
  CHECK(cycles_of(simulated(text, bm1684x({{"cube.f16_channels", "64"}}))) <= base);
}
