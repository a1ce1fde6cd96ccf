// Latencies of a chip: each reason to wait has its own.

#include "sim/engine/latencies.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

namespace tpuscope::test {
namespace {

TEST_CASE(
    "a command starts its engine's gap after the one before, or a message after what it awaits") {
  Chip chip = mini_chip();
  chip.clock.tiu_mhz = 1000;  // 1 ns a cycle
  chip.clock.dma_mhz = 500;   // 2 ns
  chip.command.tiu_gap_cycles = 1;
  chip.command.dma_gap_cycles = 4;
  chip.command.sync_cycles = 5;
  chip.overhead.core_sync_cycles = 7;
  const Latencies latencies(chip);
  const auto nanoseconds = [&](Engine engine, WaitReason reason) {
    return latencies.of(engine, reason).value / 1000;
  };
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kNothing) == 1);
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kNothing) == 2 * 4);
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kLaunch) == 0);
  // Messages pass by the clock of the BDC.
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kDependency) == 5);
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kDependency) == 5);
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kLayer) == 0);
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kCore) == 7);
}

}  // namespace
}  // namespace tpuscope::test
