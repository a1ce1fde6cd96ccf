// Charges, waterfall and blame: every picosecond belongs to one cause and one operator.

#include <algorithm>

#include <doctest/doctest.h>

#include "base/figures.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

Picoseconds blame_of(const Profile& profile, std::uint32_t op) {
  for (const OpRow& row : profile.report.ops) {
    if (row.op.index == op) return row.blame();
  }
  return {};
}

Picoseconds nanos(std::int64_t value) {
  return Picoseconds{value * 1000};
}

TEST_CASE("a transfer under compute costs nothing, one beside it costs its exposed part") {
  // load    0....10          exposed: 10
  // BDC          10......30
  // load            15....40 hidden: 15, exposed: 10
  const Profile profile =
      profile_of(RunBuilder().load(0, 10, 1).bdc(10, 30, 1).load(15, 40, 2).run());
  CHECK(blame_of(profile, 1) == nanos(10 + 20));
  CHECK(blame_of(profile, 2) == nanos(10));
  const Summary& summary = profile.report.summary;
  CHECK(summary.overlap == nanos(15));
  CHECK(summary.exposed_load == nanos(10 + 10));
  CHECK(summary.exposed_store == nanos(0));
  CHECK(summary.idle == nanos(0));
  for (const OpRow& row : profile.report.ops)
    CHECK(row.hidden == nanos(row.op.index == 2 ? 15 : 0));
}

TEST_CASE("launch, gaps and the end are charged to launch, to the next command and to nobody") {
  const Profile profile = profile_of(RunBuilder(5).bdc(5, 10, 1).store(12, 20, 2).until(25).run());
  const Waterfall& waterfall = profile.report.waterfall;
  CHECK(waterfall[Step::kLaunch] == nanos(5));
  CHECK(waterfall[Step::kIdle] == nanos(5));
  CHECK(waterfall[Step::kExposedStore] == nanos(8));
  CHECK(blame_of(profile, 2) == nanos(2 + 8));
  CHECK(profile.report.summary.idle == nanos(5 + 2 + 5));
}

TEST_CASE("a command's time is split as its cost is, to the picosecond") {
  // 7 ns over 1 + 1 + 1 cycles: thirds that no picosecond fits.
  const CommandCost cost{.initial = 1, .useful = 1, .padding = 1};
  const Profile profile = profile_of(RunBuilder().bdc(0, 7, 1, cost).run());
  const Waterfall& waterfall = profile.report.waterfall;
  CHECK(waterfall[Step::kUsefulCompute] == Picoseconds{7000 / 3});
  CHECK(waterfall[Step::kPadding] == Picoseconds{7000 * 2 / 3 - 7000 / 3});
  CHECK(waterfall[Step::kIssue] == Picoseconds{7000 - 7000 * 2 / 3});
}

TEST_CASE("work of other units than the cube is vector work") {
  const CommandCost cost{.useful = 4};
  const auto arith = RunBuilder().bdc(0, 4, 1, cost, CommandKind::kArith).run();
  CHECK(profile_of(arith).report.waterfall[Step::kVector] == nanos(4));
  const auto conv = RunBuilder().bdc(0, 4, 1, cost, CommandKind::kConv).run();
  CHECK(profile_of(conv).report.waterfall[Step::kUsefulCompute] == nanos(4));
}

TEST_CASE("charges tile the makespan, and blame and waterfall add up to it, whatever ran") {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    const Simulation run = random_run(seed);
    const Profile profile = profile_of(run);
    Picoseconds at{};
    for (const Charge& charge : profile.charges) {
      REQUIRE(charge.begin == at);
      REQUIRE(charge.end > charge.begin);
      at = charge.end;
    }
    const Picoseconds makespan = run.timeline.makespan;
    CHECK(at == makespan);
    CHECK(profile.report.waterfall.total() == makespan);
    Picoseconds sum =
        profile.report.waterfall[Step::kLaunch] + profile.report.waterfall[Step::kIdle];
    for (const OpRow& row : profile.report.ops)
      sum += row.blame();
    CHECK(sum == makespan);
    const Summary& summary = profile.report.summary;
    CHECK(summary.bdc_busy + summary.exposed_load + summary.exposed_store + summary.exposed_copy +
              summary.idle ==
          makespan);
    CHECK(summary.gdma_busy ==
          summary.overlap + summary.exposed_load + summary.exposed_store + summary.exposed_copy);
  }
}

/// Two cores meet at 20 ns: core 0 computes up to there, core 1 only from `from` to `to`.
Simulation two_cores(std::int64_t from, std::int64_t to, WaitReason reason) {
  Simulation run =
      RunBuilder()
          .add({.kind = CommandKind::kConv, .op = 1, .cost = {.useful = 1}}, 0, 20)
          .add({.kind = CommandKind::kConv, .core = 1, .op = 1, .cost = {.useful = 1}}, from, to)
          .add({.kind = CommandKind::kConv, .core = 1, .op = 2, .cost = {.useful = 1}}, 20, 30)
          .add({.kind = CommandKind::kConv, .op = 2, .cost = {.useful = 1}}, 20, 30)
          .run();
  run.timeline.reason[2] = reason;
  return run;
}

TEST_CASE("of two cores, half of the time that one waits for the other is imbalance") {
  const Profile profile = profile_of(two_cores(0, 8, WaitReason::kCore));
  const Report& report = profile.report;
  CHECK(report.waterfall[Step::kCoreImbalance] == nanos((20 - 8) / 2));
  CHECK(report.waterfall[Step::kUsefulCompute] == nanos(30 - (20 - 8) / 2));
  CHECK(report.waterfall.total() == nanos(30));
  REQUIRE(report.summary.core_use.size() == 2);
  CHECK(report.summary.core_use[0].bdc_busy == nanos(30));
  CHECK(report.summary.core_use[0].wait == nanos(0));
  CHECK(report.summary.core_use[1].bdc_busy == nanos(30 - 12));
  CHECK(report.summary.core_use[1].wait == nanos(12));
  // Busy is a mean of cores: one that idles is not hidden behind one that works.
  CHECK(report.summary.bdc_busy == nanos((30 + 18) / 2));
  CHECK(report.summary.idle == nanos(0));
  const bool is_found =
      std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& finding) {
        return finding.rule == "core_imbalance" && finding.cost == nanos(6) &&
               finding.message.starts_with("core 1 waits for core 0");
      });
  CHECK(is_found);
}

TEST_CASE("cores that end together, wait for something else, or are alone have no imbalance") {
  for (const Simulation& run : {two_cores(0, 20, WaitReason::kCore),
                                two_cores(0, 8, WaitReason::kDependency), random_run(3)}) {
    const Report report = profile_of(run).report;
    CHECK(report.waterfall[Step::kCoreImbalance] == nanos(0));
    for (const Finding& finding : report.findings)
      CHECK(finding.rule != "core_imbalance");
  }
  CHECK(profile_of(random_run(3)).report.summary.core_use.empty());
}

TEST_CASE("commands of one engine that overlap are a bug of ours") {
  CHECK_THROWS_AS(profile_of(RunBuilder().bdc(0, 10, 1).bdc(9, 12, 1).run()), InternalError);
}

TEST_CASE("local memory counts what is still needed, and what is overwritten once") {
  Command write{.kind = CommandKind::kLoad, .engine = Engine::kGdma, .op = 1, .result = {0, 100}};
  Command in_place{.operand_count = 1, .op = 1, .result = {0, 100}, .operands = {{{0, 100}}}};
  Command other{.kind = CommandKind::kLoad, .engine = Engine::kGdma, .op = 1, .result = {100, 50}};
  const Profile profile =
      profile_of(RunBuilder().add(write, 0, 10).add(other, 10, 14).add(in_place, 12, 20).run());
  // 100 bytes from 0 to 20, 50 more from 10 to 14.
  CHECK(profile.report.summary.local_memory_peak_bytes == (100 + 50) * mini_chip().array.lanes);
}

TEST_CASE("cycles and scaled amounts are exact where products overflow") {
  CHECK(cycles_in(Picoseconds{1'000'000'000'000}, 950'000) == 950'000'000);
  CHECK(cycles_in(Picoseconds{20'000'000'000'000}, 950'000) == 19'000'000'000);
  CHECK(mul_div(9'000'000'000'000'000, 3000, 4000) == 9'000'000'000'000'000 / 4 * 3);
  CHECK(time_text(Picoseconds{999'499'999}) == "999 µs");
  CHECK(time_text(Picoseconds{999'500'000}) == "1.00 ms");
}

}  // namespace
}  // namespace tpuscope::test
