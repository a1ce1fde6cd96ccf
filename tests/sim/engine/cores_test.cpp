// Single ops on several cores: what is split, what is not, and that nothing is lost or done twice.

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/simulation.h"

using namespace tpuscope;
using test::mini_chip;
using test::simulated;

namespace {

Chip cores(std::int64_t count) {
  return mini_chip({{"array.cores", std::to_string(count)}});
}

std::int64_t bytes_on(const Simulation& simulation, std::uint8_t core, Direction direction) {
  std::int64_t sum = 0;
  for (const Command& command : simulation.program.commands) {
    if (command.core == core && command.direction == direction) sum += command.bytes;
  }
  return sum;
}

std::int64_t ops_on(const Simulation& simulation, std::uint8_t core) {
  std::int64_t sum = 0;
  for (const Command& command : simulation.program.commands)
    sum += command.core == core ? command.useful_ops : 0;
  return sum;
}

constexpr const char* kBatch = R"(
  x = Input f32[2,8,16,16]
  w = Weight f32[8,8,3,3]
  y = Conv(x, w) pads=[1,1,1,1]
)";
constexpr const char* kPermute = "x = Input f32[64,8,4]\n y = Permute(x) order=[0,2,1]";

}  // namespace

TEST_CASE("two cores share the tiles of a convolution evenly and each loads what it needs") {
  const Simulation one = simulated(kBatch, cores(1));
  const Simulation two = simulated(kBatch, cores(2));
  CHECK(ops_on(two, 0) == ops_on(two, 1));
  CHECK(ops_on(two, 0) + ops_on(two, 1) == ops_on(one, 0));
  CHECK(bytes_on(two, 0, Direction::kLocalToDdr) == 4 * 8 * 16 * 16);
  CHECK(bytes_on(two, 1, Direction::kLocalToDdr) == 4 * 8 * 16 * 16);
  CHECK(bytes_on(two, 1, Direction::kDdrToLocal) >= 4 * (8 * 16 * 16 + 8 * 8 * 9));
  CHECK(2 * test::cycles_of(two) < test::cycles_of(one) * 11 / 10);
}

TEST_CASE("each core takes a range of neighbouring tiles") {
  const Simulation two = simulated(kBatch, cores(2));
  std::uint32_t last_of_first = 0;
  std::uint32_t first_of_second = ~0U;
  for (const Command& command : two.program.commands) {
    if (command.core == 0) last_of_first = std::max(last_of_first, command.slice);
    if (command.core == 1) first_of_second = std::min(first_of_second, command.slice);
  }
  CHECK(first_of_second == last_of_first + 1);
}

TEST_CASE("work too small to share stays on core 0") {
  const Simulation two = simulated("x = Input f32[4]\n y = Relu(x)", cores(2));
  for (const Command& command : two.program.commands)
    CHECK(command.core == 0);
}

TEST_CASE("what fits the memory of one core stays there, however long it takes") {
  // Operand, filters and result take 512, 2304 and 512 of the 4096 bytes of local memory. Half of
  // the image on each core would take half the time.
  const Simulation two = simulated(R"(
    x = Input f32[1,8,4,4]
    w = Weight f32[8,8,3,3]
    y = Conv(x, w) pads=[1,1,1,1]
  )",
                                   cores(2));
  CHECK(ops_on(two, 0) > 0);
  CHECK(ops_on(two, 1) == 0);
}

TEST_CASE("filters that pass by one after the other stay on one core") {
  // 36 864 bytes of filters for an image of 1024: tiles differ in their filters.
  const Simulation two = simulated(R"(
    x = Input f32[1,16,4,4]
    w = Weight f32[64,16,3,3]
    y = Conv(x, w) pads=[1,1,1,1]
  )",
                                   cores(2));
  CHECK(two.plan.groups[0].slice_count() > 1);
  CHECK(ops_on(two, 1) == 0);
}

TEST_CASE("a copy is split along the outermost axis and moves every byte once") {
  const Simulation one = simulated(kPermute, cores(1));
  const Simulation two = simulated(kPermute, cores(2));
  const auto moved = [](const Simulation& simulation, std::uint8_t core) {
    return bytes_on(simulation, core, Direction::kDdrToDdr) +
           bytes_on(simulation, core, Direction::kLocalToDdr);
  };
  CHECK(moved(one, 0) == 4 * 64 * 8 * 4);
  CHECK(moved(two, 0) == moved(one, 0) / 2);
  CHECK(moved(two, 1) == moved(one, 0) / 2);
  CHECK(test::cycles_of(two) < test::cycles_of(one));
}

TEST_CASE("a copy that would gain less than meeting costs is not split") {
  const Chip slow_to_meet =
      mini_chip({{"array.cores", "2"}, {"overhead.core_sync_cycles", "100000"}});
  const Simulation simulation = simulated(kPermute, slow_to_meet);
  CHECK(bytes_on(simulation, 1, Direction::kDdrToDdr) == 0);
  CHECK(bytes_on(simulation, 1, Direction::kLocalToDdr) == 0);
}

TEST_CASE("padding is not split, since its copies overwrite what its fill wrote") {
  const Simulation simulation =
      simulated("x = Input f32[64,8,4]\n y = Pad(x) pads=[1,0,0,1,0,0]", cores(2));
  for (const Command& command : simulation.program.commands)
    CHECK(command.core == 0);
}

TEST_CASE("an op that follows on other cores reads nothing before all cores have stored it") {
  const Simulation two =
      simulated(std::string(kBatch) + "z = Permute(y) order=[0,2,3,1]\n", cores(2));
  Picoseconds last_store{};
  Picoseconds first_read{std::numeric_limits<std::int64_t>::max()};
  for (std::size_t i = 0; i < two.program.commands.size(); ++i) {
    const Command& command = two.program.commands[i];
    if (command.group == 0) last_store = std::max(last_store, two.timeline.end[i]);
    if (command.group == 1) first_read = std::min(first_read, two.timeline.start[i]);
  }
  CHECK(first_read.value == last_store.value + 3 * 1000);  // a message of 3 cycles
}

TEST_CASE(
    "transfers of two cores that want more than the DDR has are slowed, those of one are not") {
  // 8 bytes a cycle each, of 12 that the DDR has.
  const ChipOverrides narrow{{"ddr.peak_gbps", "12"}};
  const auto slowed = [](const Simulation& simulation) {
    std::int64_t sum = 0;
    for (const Picoseconds time : simulation.timeline.slowed)
      sum += time.value;
    return sum;
  };
  ChipOverrides two = narrow;
  two.emplace_back("array.cores", "2");
  CHECK(slowed(simulated(kBatch, mini_chip(narrow))) == 0);
  CHECK(slowed(simulated(kBatch, mini_chip(two))) > 0);
}

TEST_CASE("a convolution over three axes stays on one core, one over two is shared") {
  const Simulation volume = simulated(
      "x = Input f32[2,8,4,8,8]\n w = Weight f32[8,8,3,3,3]\n"
      "y = Conv(x, w) pads=[1,1,1,1,1,1]",
      cores(2));
  CHECK(ops_on(volume, 0) > 0);
  CHECK(ops_on(volume, 1) == 0);
  const Simulation map = simulated(kBatch, cores(2));
  CHECK(ops_on(map, 1) > 0);
}
