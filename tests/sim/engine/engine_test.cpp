// The engines: waits, cores that meet, DDR that is shared, and any program against a machine that
// is stepped by picoseconds and shares no code with them.

#include "sim/engine/engine.h"

#include <array>
#include <random>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/naive_engine.h"

using namespace tpuscope;
using test::mini_chip;

namespace {

constexpr std::int64_t kCycle = 1000;  // picoseconds, both engines of the small chip
constexpr std::int64_t kLaunch = 1000 * kCycle;
constexpr std::int64_t kSync = 2 * kCycle;

Command command(Engine engine, std::uint32_t id, std::uint32_t wait_id, std::int64_t cycles) {
  return {.engine = engine, .id = id, .wait_id = wait_id, .cost = {.useful = cycles}};
}

/// As `command`, moving data over the DDR for as long as it takes.
Command transfer_engine(std::uint32_t id, std::uint32_t wait_id, std::int64_t cycles,
                        std::int64_t bytes) {
  Command result = command(Engine::kGdma, id, wait_id, cycles);
  result.ddr_read = bytes;
  return result;
}

Command on_core(std::uint8_t core, Command command) {
  command.core = core;
  return command;
}

Command in_group(std::uint32_t group, Command command) {
  command.group = group;
  return command;
}

/// Commands of short groups with any waits that may be, costs that are often zero, and transfers
/// that want nothing to all of the DDR (1.6 bytes a cycle at 10 GHz).
Program random_program(std::mt19937& random, std::uint32_t cores) {
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  Program program;
  std::vector<std::array<std::uint32_t, 2>> issued(cores);
  const std::uint32_t count = below(30);
  std::uint32_t group = 0;
  std::uint32_t used = cores;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (below(6) == 0) {
      ++group;
      used = 1 + below(cores);
    }
    const std::uint32_t core = below(used);
    const std::uint32_t own = below(2);
    auto& ids = issued[core];
    const std::uint32_t wait = below(3) == 0 ? 0 : below(ids[1 - own] + 1);
    Command next = command(static_cast<Engine>(own), ++ids[own], wait, below(7));
    next.cost.initial = below(3);
    if (next.engine == Engine::kGdma) (below(2) == 0 ? next.ddr_read : next.ddr_write) = below(12);
    program.commands.push_back(in_group(group, on_core(static_cast<std::uint8_t>(core), next)));
  }
  return program;
}

}  // namespace

TEST_CASE("a single command runs after the launch for its cycles") {
  const Timeline timeline = run({{command(Engine::kGdma, 1, 0, 7)}}, mini_chip());
  CHECK(timeline.start[0].value == kLaunch);
  CHECK(timeline.end[0].value == kLaunch + 7 * kCycle);
  CHECK(timeline.makespan == timeline.end[0]);
  CHECK(timeline.reason[0] == WaitReason::kLaunch);
}

TEST_CASE("a command waits for the other engine's id and the latency between engines") {
  const Timeline timeline =
      run({{command(Engine::kGdma, 1, 0, 7), command(Engine::kBdc, 1, 1, 5)}}, mini_chip());
  CHECK(timeline.start[1].value == timeline.end[0].value + kSync);
  CHECK(timeline.waited[1].value == 7 * kCycle + kSync);
  CHECK(timeline.reason[1] == WaitReason::kDependency);
}

TEST_CASE("commands without dependencies overlap across engines and never within one") {
  const Timeline timeline = run({{command(Engine::kGdma, 1, 0, 7), command(Engine::kBdc, 1, 0, 5),
                                  command(Engine::kGdma, 2, 0, 3)}},
                                mini_chip());
  CHECK(timeline.start[1].value == kLaunch);
  CHECK(timeline.start[2] == timeline.end[0]);
  CHECK(timeline.reason[2] == WaitReason::kNothing);
  CHECK(timeline.makespan.value == kLaunch + 10 * kCycle);
}

TEST_CASE("with double buffering the slower engine never stops") {
  // load(i) waits for compute(i - 2), compute(i) for load(i): 20 tiles of 10 and 6 cycles.
  Program program;
  constexpr std::uint32_t kTiles = 20;
  for (std::uint32_t i = 0; i < kTiles; ++i) {
    program.commands.push_back(command(Engine::kGdma, i + 1, i < 2 ? 0 : i - 1, 10));
    program.commands.push_back(command(Engine::kBdc, i + 1, i + 1, 6));
  }
  const Timeline timeline = run(program, mini_chip());
  CHECK(timeline.makespan.value == kLaunch + (kTiles * 10 + 6) * kCycle + kSync);
}

TEST_CASE("clocks of both engines meet on one axis") {
  const Chip chip = mini_chip({{"clock.dma_mhz", "550"}});
  CHECK(duration_of(chip, Engine::kGdma, 11).value == 20000);  // 11 cycles at 550 MHz: 20 ns
  CHECK(duration_of(chip, Engine::kBdc, 11).value == 11000);
}

TEST_CASE("random programs of one and two cores run as on the machine stepped by picoseconds") {
  std::mt19937 random(20260101);
  for (const std::uint32_t cores : {1U, 2U, 3U}) {
    // A cycle of the TIU is 100 ps, one of the GDMA 125 ps.
    const Chip chip = mini_chip({{"array.cores", std::to_string(cores)},
                                 {"clock.tiu_mhz", "10000"},
                                 {"clock.dma_mhz", "8000"},
                                 {"overhead.launch_us", "0.001"}});
    std::int64_t slowed = 0;
    for (int trial = 0; trial < 1500; ++trial) {
      const Program program = random_program(random, cores);
      const Timeline timeline = run(program, chip);
      const auto expected = testing::run_naively(program, chip);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        REQUIRE(timeline.start[i].value == expected[i].start);
        REQUIRE(timeline.end[i].value == expected[i].end);
      }
      for (const Picoseconds time : timeline.slowed)
        slowed += time.value > 0 ? 1 : 0;
    }
    CHECK((slowed > 1000) == (cores > 1));  // the programs do meet what they are to show
  }
}

TEST_CASE(
    "two transfers that each want the whole DDR take twice as long, and one of them then ends "
    "alone") {
  // 16 bytes a nanosecond are the peak: 10 and 20 cycles of 1 ns at full rate.
  const Chip chip = mini_chip({{"array.cores", "2"}});
  const Timeline timeline =
      run({{transfer_engine(1, 0, 10, 160), on_core(1, transfer_engine(1, 0, 20, 320))}}, chip);
  CHECK(timeline.end[0].value == kLaunch + 20 * kCycle);
  CHECK(timeline.end[1].value == kLaunch + 30 * kCycle);  // 10 done by then, 10 left at full rate
  CHECK(timeline.slowed[0].value == 10 * kCycle);
  CHECK(timeline.slowed[1].value == 10 * kCycle);
}

TEST_CASE("transfers whose shares fit the DDR together do not slow each other") {
  const Chip chip = mini_chip({{"array.cores", "2"}});
  const Timeline timeline =
      run({{transfer_engine(1, 0, 10, 80), on_core(1, transfer_engine(1, 0, 20, 160))}}, chip);
  CHECK(timeline.end[0].value == kLaunch + 10 * kCycle);
  CHECK(timeline.end[1].value == kLaunch + 20 * kCycle);
  CHECK(timeline.slowed[0].value == 0);
}

TEST_CASE("what a transfer spends on its start it does not share") {
  const Chip chip = mini_chip({{"array.cores", "2"}});
  Command late = transfer_engine(1, 0, 10, 160);
  late.cost.initial = 10;  // moves data from 10 to 20, when the other is done
  const Timeline timeline = run({{transfer_engine(1, 0, 10, 160), on_core(1, late)}}, chip);
  CHECK(timeline.end[0].value == kLaunch + 10 * kCycle);
  CHECK(timeline.end[1].value == kLaunch + 20 * kCycle);
}

TEST_CASE("cores meet between groups, and a message tells that all are there") {
  const Chip chip = mini_chip({{"array.cores", "2"}});  // a message takes 3 cycles
  const Timeline timeline = run({{in_group(0, command(Engine::kBdc, 1, 0, 10)),
                                  in_group(0, on_core(1, command(Engine::kBdc, 1, 0, 4))),
                                  in_group(1, command(Engine::kBdc, 2, 0, 5)),
                                  in_group(1, on_core(1, command(Engine::kBdc, 2, 0, 5)))}},
                                chip);
  CHECK(timeline.start[3].value == kLaunch + 13 * kCycle);
  CHECK(timeline.waited[3].value == 9 * kCycle);
  CHECK(timeline.reason[3] == WaitReason::kCore);
  CHECK(timeline.reason[2] == WaitReason::kCore);
}

TEST_CASE("groups that follow each other on one core meet without a message") {
  const Program program{{in_group(0, on_core(1, command(Engine::kBdc, 1, 0, 10))),
                         in_group(1, on_core(1, command(Engine::kGdma, 1, 0, 5))),
                         in_group(1, on_core(1, command(Engine::kBdc, 2, 0, 3)))}};
  const Timeline timeline = run(program, mini_chip({{"array.cores", "2"}}));
  // Both engines run dry, though neither command asks for the other's.
  const std::int64_t begin = kLaunch + 10 * kCycle;
  CHECK(timeline.start[1].value == begin);
  CHECK(timeline.start[2].value == begin);
  CHECK(timeline.reason[1] == WaitReason::kLayer);
}

TEST_CASE("groups that overlap are one layer") {
  const Timeline timeline = run(
      {{in_group(0, command(Engine::kBdc, 1, 0, 10)), in_group(1, command(Engine::kGdma, 1, 0, 4)),
        in_group(0, command(Engine::kGdma, 2, 0, 3)), in_group(1, command(Engine::kBdc, 2, 0, 6)),
        in_group(2, command(Engine::kGdma, 3, 0, 2))}},
      mini_chip());
  CHECK(timeline.start[1].value == kLaunch);
  CHECK(timeline.start[3].value == kLaunch + 10 * kCycle);
  CHECK(timeline.start[4].value == kLaunch + 16 * kCycle);
}

TEST_CASE("commands of one group do not wait for each other's engine") {
  const Timeline timeline = run({{in_group(0, command(Engine::kGdma, 1, 0, 10)),
                                  in_group(0, command(Engine::kBdc, 1, 0, 5))}},
                                mini_chip());
  CHECK(timeline.start[0].value == kLaunch);
  CHECK(timeline.start[1].value == kLaunch);
}

TEST_CASE("ids and waits count by core") {
  const Chip chip = mini_chip({{"array.cores", "2"}});
  const Timeline timeline =
      run({{command(Engine::kGdma, 1, 0, 7), on_core(1, transfer_engine(1, 0, 3, 1)),
            on_core(1, command(Engine::kBdc, 1, 1, 5))}},
          chip);
  CHECK(timeline.start[2].value == kLaunch + 3 * kCycle + kSync);
}

TEST_CASE("a program that waits for what was not issued, or miscounts ids, is our bug") {
  CHECK_THROWS_AS(run({{command(Engine::kBdc, 1, 1, 5)}}, mini_chip()), InternalError);
  CHECK_THROWS_AS(run({{command(Engine::kBdc, 2, 0, 5)}}, mini_chip()), InternalError);
  CHECK_THROWS_AS(run({{on_core(1, command(Engine::kBdc, 1, 0, 5))}}, mini_chip()), InternalError);
  const Chip two = mini_chip({{"array.cores", "2"}});
  CHECK_THROWS_AS(
      run({{command(Engine::kBdc, 1, 0, 5), on_core(1, command(Engine::kBdc, 1, 1, 5))}}, two),
      InternalError);
  CHECK_THROWS_AS(run({{on_core(2, command(Engine::kBdc, 1, 0, 5))}}, two), InternalError);
}
