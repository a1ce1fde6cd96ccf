// Latencies of a chip: each reason to wait has its own, and all of them end with the fetch.

#include "sim/engine/latencies.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

namespace tpuscope::test {
namespace {

TEST_CASE("a command starts after the message about what it waited for, and its fetch") {
  Chip chip = mini_chip();
  chip.clock.tiu_mhz = 1000;  // 1 ns a cycle
  chip.clock.dma_mhz = 500;   // 2 ns
  chip.overhead.fetch_cycles = 3;
  chip.overhead.sync_cycles = 5;
  chip.overhead.core_sync_cycles = 7;
  chip.overhead.layer_us = 0.011;
  const Latencies latencies(chip);
  const auto nanoseconds = [&](Engine engine, WaitReason reason) {
    return latencies.of(engine, reason).value / 1000;
  };
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kNothing) == 3);
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kLaunch) == 3);
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kNothing) == 2 * 3);
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kDependency) == 5 + 3);
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kDependency) == 2 * (5 + 3));
  CHECK(nanoseconds(Engine::kBdc, WaitReason::kLayer) == 11 + 3);
  // Cores meet at the end of a layer, and send the message by the clock of the BDC.
  CHECK(nanoseconds(Engine::kGdma, WaitReason::kCore) == 7 + 11 + 2 * 3);
}

}  // namespace
}  // namespace tpuscope::test
