// Commands of single ops: who waits for whom, and what is where.

#include "passes/lower/lower_op.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "passes/tiling/op_signature.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

/// Commands of one engine of a network's program, in order.
std::vector<Command> commands_of(const Simulation& simulation, Engine engine) {
  std::vector<Command> commands;
  for (const Command& command : simulation.program.commands) {
    if (command.engine == engine) commands.push_back(command);
  }
  return commands;
}

TEST_CASE("one tile is loaded, computed and stored") {
  const Simulation run = simulated("x = Input f16[64]\ny = Relu(x)", mini_chip());
  const std::vector<Command> gdma = commands_of(run, Engine::kGdma);
  const std::vector<Command> bdc = commands_of(run, Engine::kBdc);
  REQUIRE(gdma.size() == 2);
  REQUIRE(bdc.size() == 1);
  CHECK(gdma[0].direction == Direction::kDdrToLocal);
  CHECK(gdma[0].wait_id == 0);
  CHECK(bdc[0].wait_id == gdma[0].id);
  CHECK(gdma[1].direction == Direction::kLocalToDdr);
  CHECK(gdma[1].wait_id == bdc[0].id);
  // 64 elements of 2 bytes over 4 lanes.
  CHECK(gdma[0].result.bytes == 64 / 4 * 2);
  CHECK(bdc[0].operands[0].address == gdma[0].result.address);
  CHECK(gdma[1].operands[0].address == bdc[0].result.address);
}

TEST_CASE("a load fills a buffer once the tile before the last has been computed") {
  const Simulation run = simulated("x = Input f16[8192]\ny = Relu(x)", mini_chip());
  std::vector<Command> loads;
  std::vector<Command> stores;
  for (const Command& command : commands_of(run, Engine::kGdma))
    (command.direction == Direction::kDdrToLocal ? loads : stores).push_back(command);
  const std::vector<Command> computes = commands_of(run, Engine::kBdc);
  REQUIRE(loads.size() > 4);
  REQUIRE(computes.size() == loads.size());
  for (std::size_t i = 0; i < loads.size(); ++i) {
    CAPTURE(i);
    CHECK(loads[i].result.address == loads[i % 2].result.address);
    CHECK(loads[i].wait_id == (i < 2 ? 0 : computes[i - 2].id));
    CHECK(stores[i].wait_id == computes[i].id);
    // A compute waits for its load, and for the store that read its result's buffer before.
    const std::uint32_t store = i < 2 ? 0 : stores[i - 2].id;
    CHECK(computes[i].wait_id == std::max(loads[i].id, store));
  }
}

TEST_CASE("no tile is begun after the most commands that there may be") {
  const Graph graph = testing::graph_of("x = Input f16[8192]\ny = Relu(x)");
  const Result<Plan> plan = plan_single_ops(graph, mini_chip());
  REQUIRE(plan.ok());
  const SingleOp& alone = *plan->groups.front().single();
  const auto commands_within = [&](std::size_t most) {
    Program program;
    PartTable table(program);
    return lowered_op(graph, mini_chip(), alone, 1, operand_kinds(graph, alone.op), most, table)
        .commands.size();
  };
  // A tile is a load, a computation and a store, and three of them are at work.
  const std::size_t all = commands_within(1'000'000);
  REQUIRE(all > 20);
  CHECK(commands_within(10) > 10);
  CHECK(commands_within(10) <= 10 + 3);
  CHECK(commands_within(all) == all);
}

TEST_CASE("an operand that stays is loaded once") {
  // A bias of 3 elements for 512 rows in several tiles.
  const Simulation run =
      simulated("x = Input f16[512,12]\nb = Input f16[12]\ny = Add(x, b)", mini_chip());
  std::int64_t of_x = 0;
  std::int64_t of_b = 0;
  for (const Command& command : commands_of(run, Engine::kGdma)) {
    if (command.direction != Direction::kDdrToLocal) continue;
    (command.bytes == 12 * 2 ? of_b : of_x) += command.bytes;
  }
  CHECK(of_b == 12 * 2);
  CHECK(of_x == 512 * 12 * 2);
}

TEST_CASE("each core runs a pipeline of its own over a range of tiles") {
  const Simulation run =
      simulated("x = Input f16[65536]\ny = Relu(x)", mini_chip({{"array.cores", "2"}}));
  std::array<std::uint32_t, 2> last{};
  std::array<std::int64_t, 2> bytes{};
  for (const Command& command : commands_of(run, Engine::kGdma)) {
    CHECK(command.id == ++last.at(command.core));
    if (command.direction == Direction::kLocalToDdr) bytes.at(command.core) += command.bytes;
  }
  CHECK(bytes[0] + bytes[1] == 65536 * 2);
  CHECK(std::min(bytes[0], bytes[1]) > 65536 * 2 / 2 * 9 / 10);
}

TEST_CASE("a sort writes values and positions") {
  const Simulation run =
      simulated("x = Input f16[4,16]\nv, p = TopK(x) k=4\nreturn v, p", mini_chip());
  const std::vector<Command> bdc = commands_of(run, Engine::kBdc);
  REQUIRE_FALSE(bdc.empty());
  CHECK(bdc.back().second_part != kNone);
  CHECK(bdc.back().second_result.address != bdc.back().result.address);
}

}  // namespace
}  // namespace tpuscope::test
