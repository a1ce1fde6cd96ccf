// The engines against a machine that is stepped cycle by cycle and shares no code with them.

#include "sim/engine.h"

#include <deque>
#include <random>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::mini_chip;

namespace {

constexpr std::int64_t kCycle = 1000;  // picoseconds, both engines of the small chip
constexpr std::int64_t kLaunch = 1000 * kCycle;
constexpr std::int64_t kSync = 2 * kCycle;

Command command(Engine engine, std::uint32_t id, std::uint32_t wait_id, std::int64_t cycles) {
  return {.engine = engine, .id = id, .wait_id = wait_id, .cost = {.useful = cycles}};
}

/// Start of every command, found by trying each cycle in turn.
std::vector<std::int64_t> stepped(const Program& program) {
  struct Core {
    std::deque<std::size_t> queue{};
    std::vector<std::int64_t> finished{};  // cycle at which id i + 1 ended
    std::int64_t busy_until = 0;
    bool is_busy = false;
  };
  std::array<Core, 2> cores;
  for (std::size_t i = 0; i < program.commands.size(); ++i) {
    cores[static_cast<std::size_t>(program.commands[i].engine)].queue.push_back(i);
  }
  std::vector<std::int64_t> start(program.commands.size(), -1);
  for (std::int64_t now = 0; !cores[0].queue.empty() || !cores[1].queue.empty(); ++now) {
    bool changed = true;
    while (changed) {  // a command of no cycles ends at once
      changed = false;
      for (std::size_t own = 0; own < 2; ++own) {
        Core& core = cores[own];
        const Core& other = cores[1 - own];
        if (core.is_busy && core.busy_until == now) {
          core.is_busy = false;
          core.finished.push_back(now);
          changed = true;
        }
        if (core.is_busy || core.queue.empty()) continue;
        const Command& next = program.commands[core.queue.front()];
        const bool is_met = next.wait_id == 0 || (other.finished.size() >= next.wait_id &&
                                                  other.finished[next.wait_id - 1] + 2 <= now);
        if (!is_met) continue;
        start[core.queue.front()] = now * kCycle + kLaunch;
        core.queue.pop_front();
        core.is_busy = true;
        core.busy_until = now + next.cost.total();
        changed = true;
      }
    }
  }
  return start;
}

Program random_program(std::mt19937& random) {
  const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  Program program;
  std::array<std::uint32_t, 2> issued{};
  const std::uint32_t count = below(30);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t own = below(2);
    const std::uint32_t wait = below(3) == 0 ? 0 : below(issued[1 - own] + 1);
    program.commands.push_back(command(static_cast<Engine>(own), ++issued[own], wait, below(12)));
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

TEST_CASE("random programs run as on the stepped machine") {
  std::mt19937 random(20260101);
  const Chip chip = mini_chip();
  for (int trial = 0; trial < 5000; ++trial) {
    const Program program = random_program(random);
    const Timeline timeline = run(program, chip);
    const std::vector<std::int64_t> expected = stepped(program);
    for (std::size_t i = 0; i < expected.size(); ++i)
      REQUIRE(timeline.start[i].value == expected[i]);
  }
}

TEST_CASE("a program that waits for what was not issued, or miscounts ids, is our bug") {
  CHECK_THROWS_AS(run({{command(Engine::kBdc, 1, 1, 5)}}, mini_chip()), InternalError);
  CHECK_THROWS_AS(run({{command(Engine::kBdc, 2, 0, 5)}}, mini_chip()), InternalError);
}
