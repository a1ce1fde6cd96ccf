// How many of the vendor's probes are lowered as its compiler does, by family and target. The
// floors only rise: docs/agreement.md has the goals.

#include <cstdlib>
#include <map>
#include <sstream>
#include <utility>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "base/parallel.h"
#include "tests/support/oracle.h"

namespace tpuscope {
namespace {

using test::ProbeRow;
using Place = std::pair<std::string, std::string>;  ///< family and target

/// Probes of one place: all, and those that agree.
struct Agreement {
  int probes = 0;
  int same_sequence = 0;  ///< the kinds of commands, in order
  int same_number = 0;    ///< of commands, within 20 %
  int same_cycles = 0;    ///< within 20 %
};

bool is_near(std::int64_t ours, std::int64_t theirs) {
  return 5 * std::abs(ours - theirs) <= theirs;
}

/// Of one probe; one that the program refuses agrees in nothing.
Agreement agreement_of(const ProbeRow& row) {
  Agreement agreement{.probes = 1};
  const Result<Run> run = test::probe_run(row);
  if (!run.ok()) return agreement;
  const Program& program = run->simulation.program;
  std::int64_t cycles = 0;
  for (const Command& command : program.commands) {
    if (command.engine == Engine::kBdc) cycles += command.cost.total();
  }
  const std::vector<std::string> kinds = test::bdc_kinds(program);
  agreement.same_sequence = kinds == test::expected_kinds(row) ? 1 : 0;
  agreement.same_number = is_near(static_cast<std::int64_t>(kinds.size()), row.commands) ? 1 : 0;
  agreement.same_cycles = is_near(cycles, row.cycles) ? 1 : 0;
  return agreement;
}

std::map<Place, Agreement> measured_agreement() {
  const std::vector<ProbeRow> rows = test::probe_rows();
  std::vector<Agreement> found(rows.size());
  for_each_index(rows.size(), 0, [&](std::size_t i) { found[i] = agreement_of(rows[i]); });
  std::map<Place, Agreement> sums;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Agreement& sum = sums[{rows[i].family, rows[i].target}];
    sum.probes += found[i].probes;
    sum.same_sequence += found[i].same_sequence;
    sum.same_number += found[i].same_number;
    sum.same_cycles += found[i].same_cycles;
  }
  return sums;
}

/// Family, target; at least so many probes with the same sequence, number of commands, cycles.
constexpr const char* kFloors = R"(
activation bm1684x_F16 27 27 13
activation bm1684x_F16_nolg 8 8 2
activation bm1684x_F32 27 27 13
activation bm1684x_F32_nolg 3 3 0
activation bm1684x_INT8 27 28 7
activation bm1684x_INT8_nolg 8 8 1
activation bm1688_F16 14 14 28
activation bm1688_INT8 3 3 0
binary bm1684x_F16 18 20 18
binary bm1684x_F16_nolg 5 6 5
binary bm1684x_F32 18 20 15
binary bm1684x_F32_nolg 1 1 1
binary bm1684x_INT8 18 18 17
binary bm1684x_INT8_nolg 5 6 4
binary bm1688_F16 2 2 2
binary bm1688_INT8 2 2 2
block bm1684x_F16 7 12 3
block bm1684x_F16_nolg 2 4 1
block bm1684x_F32 7 8 0
block bm1684x_F32_nolg 2 2 0
block bm1684x_INT8 4 7 4
block bm1684x_INT8_nolg 2 4 3
block bm1688_F16 1 3 3
block bm1688_INT8 0 2 3
conv bm1684x_F16 35 38 25
conv bm1684x_F16_nolg 8 8 7
conv bm1684x_F32 31 33 2
conv bm1684x_F32_nolg 5 5 0
conv bm1684x_INT8 42 44 26
conv bm1684x_INT8_nolg 8 8 7
conv bm1688_F16 5 8 8
conv bm1688_INT8 6 8 7
deconv bm1684x_F16 3 3 2
deconv bm1684x_F16_nolg 2 2 2
deconv bm1684x_F32 3 3 0
deconv bm1684x_F32_nolg 1 1 0
deconv bm1684x_INT8 3 3 2
deconv bm1684x_INT8_nolg 2 2 2
deconv bm1688_F16 1 1 1
deconv bm1688_INT8 0 1 1
matmul bm1684x_F16 20 20 0
matmul bm1684x_F16_nolg 12 13 0
matmul bm1684x_F32 15 15 9
matmul bm1684x_F32_nolg 3 3 2
matmul bm1684x_INT8 20 20 19
matmul bm1684x_INT8_nolg 12 12 10
matmul bm1688_F16 3 3 3
matmul bm1688_INT8 2 3 2
movement bm1684x_F16 29 31 32
movement bm1684x_F16_nolg 17 18 15
movement bm1684x_F32 34 35 32
movement bm1684x_F32_nolg 3 3 3
movement bm1684x_INT8 25 33 26
movement bm1684x_INT8_nolg 14 18 9
movement bm1688_F16 4 4 4
movement bm1688_INT8 3 4 3
norm bm1684x_F16 6 9 7
norm bm1684x_F16_nolg 4 5 1
norm bm1684x_F32 7 9 7
norm bm1684x_F32_nolg 0 1 0
norm bm1684x_INT8 6 8 7
norm bm1684x_INT8_nolg 4 5 1
norm bm1688_F16 1 1 1
norm bm1688_INT8 1 1 1
pool_reduce bm1684x_F16 15 20 6
pool_reduce bm1684x_F16_nolg 6 6 2
pool_reduce bm1684x_F32 13 17 3
pool_reduce bm1684x_F32_nolg 2 2 0
pool_reduce bm1684x_INT8 14 20 10
pool_reduce bm1684x_INT8_nolg 6 8 3
pool_reduce bm1688_F16 2 2 2
pool_reduce bm1688_INT8 0 1 2
softmax bm1684x_F16 7 7 1
softmax bm1684x_F16_nolg 4 4 0
softmax bm1684x_F32 7 7 2
softmax bm1684x_F32_nolg 1 1 0
softmax bm1684x_INT8 7 7 0
softmax bm1684x_INT8_nolg 4 4 0
softmax bm1688_F16 1 1 0
softmax bm1688_INT8 0 1 1
)";

std::map<Place, Agreement> stated_floors() {
  std::map<Place, Agreement> floors;
  std::istringstream text(kFloors);
  std::string family;
  std::string target;
  Agreement floor;
  while (text >> family >> target >> floor.same_sequence >> floor.same_number >> floor.same_cycles)
    floors[{family, target}] = floor;
  return floors;
}

std::string text_of(const std::map<Place, Agreement>& places) {
  std::string text = "\n";
  for (const auto& [place, agreement] : places) {
    text += fmt::format("{} {} {} {} {}\n", place.first, place.second, agreement.same_sequence,
                        agreement.same_number, agreement.same_cycles);
  }
  return text;
}

TEST_CASE("probes are lowered as the vendor's compiler does at least as often as stated") {
  const auto measured = measured_agreement();
  const auto floors = stated_floors();
  INFO("measured now: ", text_of(measured));
  CHECK(measured.size() == floors.size());
  for (const auto& entry : floors) {
    const Place& place = entry.first;
    const Agreement& floor = entry.second;
    CAPTURE(place.first);
    CAPTURE(place.second);
    const auto now = measured.find(place);
    REQUIRE(now != measured.end());
    CHECK(now->second.same_sequence >= floor.same_sequence);
    CHECK(now->second.same_number >= floor.same_number);
    CHECK(now->second.same_cycles >= floor.same_cycles);
    // What agrees is counted once per probe.
    CHECK(now->second.same_sequence <= now->second.same_number);
    CHECK(now->second.same_number <= now->second.probes);
  }
}

TEST_CASE("a sequence differs where one kind does, one is missing or one is too many") {
  const std::vector<std::string> expected =
      test::expected_kinds({.instructions = {"arith.cast 8", "arith.mul 4"}});
  Program program;
  program.commands.push_back({.kind = CommandKind::kLoad, .engine = Engine::kGdma});
  program.commands.push_back({.kind = CommandKind::kConvert});
  CHECK_FALSE(test::bdc_kinds(program) == expected);
  program.commands.push_back({.kind = CommandKind::kArith});
  CHECK(test::bdc_kinds(program) == expected);
  program.commands.push_back({.kind = CommandKind::kArith});
  CHECK_FALSE(test::bdc_kinds(program) == expected);
  program.commands.pop_back();
  program.commands.back().kind = CommandKind::kDivide;
  CHECK_FALSE(test::bdc_kinds(program) == expected);
}

}  // namespace
}  // namespace tpuscope
