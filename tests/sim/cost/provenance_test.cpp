// Rules and what they rest on.

#include "sim/cost/provenance.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/simulation.h"

using namespace tpuscope;
using test::mini_chip;

TEST_CASE("every path that a rule names is a number of the chip") {
  const Chip chip = mini_chip();
  for (const CostRule& rule : cost_rules()) {
    CHECK(!rule.name.empty());
    for (const auto& paths : rule.values) {
      for (const std::string_view path : paths)
        CHECK(standing_of(chip, {path}).values.size() == 1);
    }
  }
  CHECK_THROWS_AS(standing_of(chip, {"gdma.nothing"}), InternalError);
}

TEST_CASE("every number of a chip that prices a command is named by a rule") {
  std::set<std::string_view> named{"overhead.launch_us", "overhead.layer_us",
                                   "overhead.sync_cycles"};
  for (const CostRule& rule : cost_rules()) {
    for (const auto& paths : rule.values)
      named.insert(paths.begin(), paths.end());
  }
  // How many there are, how large memory is, and what is hidden or between cores price no command;
  // the width of 8-bit instructions and bursts stand for the numbers beside them.
  const std::set<std::string_view> others{"array.cores",
                                          "array.i8_eu_bytes_per_lane",
                                          "local_memory.kib_per_lane",
                                          "ddr.burst_bytes",
                                          "ddr.capacity_gib",
                                          "overhead.fetch_cycles",
                                          "overhead.core_sync_cycles"};
  for (const ChipValue& value : mini_chip().values)
    CHECK_MESSAGE(named.contains(value.path) != others.contains(value.path), value.path);
}

TEST_CASE("numbers used together stand as the weakest of them, which is named") {
  const Chip chip = test::bm1684x();
  const Standing load = standing_of(chip, {"gdma.ddr_to_local_bytes_per_cycle", "ddr.efficiency",
                                           "gdma.start_cycles", "array.lanes"});
  CHECK(load.evidence == Evidence::kAssumed);
  CHECK(load.values == std::vector<std::string_view>{"gdma.start_cycles"});
  CHECK(standing_of(chip, {"array.lanes"}).evidence == Evidence::kDocumented);
  CHECK(standing_of(chip, {"array.lanes", "cube.f16_rate"}).evidence == Evidence::kCalibrated);
}

TEST_CASE("what a user sets is no assumption any more") {
  const Chip chip = test::bm1684x({{"gdma.start_cycles", "200"}});
  CHECK(standing_of(chip, {"gdma.start_cycles"}).evidence == Evidence::kUser);
}

TEST_CASE("a command's rule follows from what it does and its precision") {
  CHECK(rule_of({.kind = CommandKind::kConv, .dtype = DType::kI8}).name == "convolution, 8 bit");
  CHECK(rule_of({.kind = CommandKind::kMatMul, .dtype = DType::kBF16}).name == "product, 16 bit");
  CHECK(rule_of({.kind = CommandKind::kMatMul, .dtype = DType::kF32}).name == "product, f32");
  CHECK(rule_of({.kind = CommandKind::kLoadWeight, .direction = Direction::kDdrToLocal}).name ==
        "load");
  CHECK(rule_of({.kind = CommandKind::kCopy, .direction = Direction::kDdrToDdr}).name == "copy");
  CHECK(rule_of({.kind = CommandKind::kSort}).name == "sort");
}
