// Rules and what they rest on.

#include "sim/cost/provenance.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "sim/cost/instruction_rules.h"
#include "tests/support/simulation.h"

using namespace tpuscope;
using test::mini_chip;

TEST_CASE("every path that a rule names is a number of the chip") {
  const Chip chip = mini_chip();
  for (const CostRule& rule : instruction_rules()) {
    CHECK(!rule.name.empty());
    for (const auto& paths : rule.values) {
      for (const std::string_view path : paths)
        CHECK(standing_of(chip, {path}).values.size() == 1);
    }
  }
  CHECK_THROWS_AS(standing_of(chip, {"gdma.nothing"}), InternalError);
}

TEST_CASE("every number of a chip that prices a command is named by a rule") {
  std::set<std::string_view> named{"overhead.launch_us", "command.launch_us",
                                   "command.sync_cycles"};
  for (const CostRule& rule : instruction_rules()) {
    for (const auto& paths : rule.values)
      named.insert(paths.begin(), paths.end());
  }
  // What the compiler estimates prices no command of a run; how many there are, how large memory
  // is, and what is hidden or between cores price no command; what vectors take
  // decides which commands there are; the width of 8-bit instructions and bursts stand for the
  // numbers beside them.
  const std::set<std::string_view> others{"array.cores",
                                          "array.i8_eu_bytes_per_lane",
                                          "local_memory.kib_per_lane",
                                          "ddr.capacity_gib",
                                          "cube.f16_channels",
                                          "cube.f32_macs_per_lane",
                                          "cube.scales_results",
                                          "array.i8_batch",
                                          "array.native_4_bit",
                                          "command.tiu_gap_cycles",
                                          "command.dma_gap_cycles",
                                          "command.sharing_factor",
                                          "estimate.load_bytes_per_cycle",
                                          "estimate.store_bytes_per_cycle",
                                          "estimate.copy_bytes_per_cycle",
                                          "overhead.core_sync_cycles"};
  for (const ChipValue& value : mini_chip().values)
    CHECK_MESSAGE(named.contains(value.path) != others.contains(value.path), value.path);
}

TEST_CASE("numbers used together stand as the weakest of them, which is named") {
  const Chip chip = test::bm1684x();
  const Standing copy =
      standing_of(chip, {"command.copy_bytes_per_cycle", "command.copy_run_cycles", "array.lanes"});
  CHECK(copy.evidence == Evidence::kAssumed);
  CHECK(copy.values == std::vector<std::string_view>{"command.copy_run_cycles"});
  CHECK(standing_of(chip, {"array.lanes"}).evidence == Evidence::kDocumented);
  CHECK(standing_of(chip, {"array.lanes", "command.divide_cycles"}).evidence ==
        Evidence::kInferred);
}

TEST_CASE("what a user sets is no assumption any more") {
  const Chip chip = test::bm1684x({{"command.copy_run_cycles", "3"}});
  CHECK(standing_of(chip, {"command.copy_run_cycles"}).evidence == Evidence::kUser);
}

TEST_CASE(
    "a command's rule is the one that priced it, and one without a price is a mistake of ours") {
  CHECK(rule_of({.rule = number_of(InstructionRule::kConv8)}).name == "command CONV, 8 bits");
  CHECK(rule_of({.rule = number_of(InstructionRule::kSort)}).name == "sort");
  CHECK_THROWS_AS(static_cast<void>(rule_of({.kind = CommandKind::kConv})), InternalError);
}
