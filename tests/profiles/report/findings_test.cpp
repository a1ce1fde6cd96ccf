// Rules: each finds what it is about in a run made for it, with a cost that can be added up by
// hand, and finds nothing in a run without it.

#include <doctest/doctest.h>

#include "profiles/report/rule.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

/// Cost in nanoseconds of one rule's findings; 0 when it finds nothing.
std::int64_t cost_of(std::string_view rule, const Simulation& run,
                     std::string_view graph = kTwoOps) {
  const Profile profile = profile_of(run, graph);
  Picoseconds sum{};
  for (const Finding& finding : profile.report.findings) {
    if (finding.rule != rule) continue;
    CHECK(!finding.message.empty());
    CHECK(!finding.remedy.empty());
    sum += finding.cost;
  }
  return sum.value / 1000;
}

Command bdc(CommandCost cost, DType dtype = DType::kF16) {
  return {
      .kind = CommandKind::kConv, .engine = Engine::kBdc, .dtype = dtype, .op = 1, .cost = cost};
}
Command load_findings(CommandCost cost) {
  return {.kind = CommandKind::kLoad,
          .engine = Engine::kGdma,
          .direction = Direction::kDdrToLocal,
          .op = 1,
          .cost = cost};
}

TEST_CASE("an op without a BDC command is data movement, with all its charge") {
  // Op 1 copies for 30 ns of which 10 lie under the compute of op 2.
  const Simulation run = RunBuilder().load(0, 30, 1).bdc(20, 50, 2).run();
  CHECK(cost_of("data_movement", run) == 20);
  CHECK(cost_of("data_movement", RunBuilder().load(0, 30, 1).bdc(30, 50, 1).run()) == 0);
}

TEST_CASE("a result that is stored and loaded again is a round trip; inputs and outputs are none") {
  // Op 1 reads the input and feeds op 2, which feeds the output.
  const Simulation run = RunBuilder()
                             .load(0, 10, 1)
                             .bdc(10, 20, 1)
                             .store(20, 35, 1)
                             .load(35, 50, 2)
                             .bdc(50, 60, 2)
                             .store(60, 70, 2)
                             .run();
  CHECK(cost_of("ddr_round_trip", run) == 15 + 15);
  CHECK(cost_of("ddr_round_trip",
                RunBuilder().load(0, 10, 1).bdc(10, 20, 1).bdc(20, 30, 2).store(30, 40, 2).run()) ==
        0);
}

TEST_CASE("engines that take turns cost the shorter one's time") {
  CHECK(cost_of("overlap", RunBuilder(5).load(5, 35, 1).bdc(35, 55, 1).run()) == 55 - 5 - 30);
  CHECK(cost_of("overlap", RunBuilder().load(0, 30, 1).bdc(0, 30, 2).run()) == 0);
}

TEST_CASE("an op that fills under half of the units loses its padding") {
  Command command = bdc({.useful = 1, .padding = 3});
  command.useful_ops = 1;
  command.issued_ops = 4;
  CHECK(cost_of("low_fill", RunBuilder().add(command, 0, 40).run()) == 30);
  command.useful_ops = 2;
  CHECK(cost_of("low_fill", RunBuilder().add(command, 0, 40).run()) == 0);
}

TEST_CASE("a launch costs all its time") {
  CHECK(cost_of("launch", RunBuilder(40).bdc(40, 50, 1).run()) == 40);
  CHECK(cost_of("launch", RunBuilder(0).bdc(40, 50, 1).run()) == 0);
}

TEST_CASE(
    "transfers are small when starting is half of them, and short-pieced when they waste half") {
  CHECK(cost_of("small_transfers",
                RunBuilder().add(load_findings({.initial = 6, .useful = 4}), 0, 10).run()) == 6);
  CHECK(cost_of("small_transfers",
                RunBuilder().add(load_findings({.initial = 4, .useful = 6}), 0, 10).run()) == 0);
  CHECK(cost_of("short_runs",
                RunBuilder().add(load_findings({.useful = 4, .padding = 6}), 0, 10).run()) == 6);
  CHECK(cost_of("short_runs",
                RunBuilder().add(load_findings({.useful = 5, .padding = 5}), 0, 10).run()) == 0);
  // What compute hides costs nothing.
  CHECK(cost_of("small_transfers", RunBuilder()
                                       .add(load_findings({.initial = 6, .useful = 4}), 0, 10)
                                       .bdc(0, 10, 2)
                                       .run()) == 0);
}

TEST_CASE("instructions are tiny when start-up is half of them") {
  CHECK(cost_of("tiny_commands", RunBuilder().add(bdc({.initial = 5, .useful = 5}), 0, 20).run()) ==
        10);
  CHECK(cost_of("tiny_commands", RunBuilder().add(bdc({.initial = 4, .useful = 6}), 0, 20).run()) ==
        0);
}

TEST_CASE("operands in the result's bank lose the cycles of the conflict") {
  CHECK(cost_of("bank_conflicts",
                RunBuilder().add(bdc({.useful = 8, .conflict = 2}), 0, 10).run()) == 2);
  CHECK(cost_of("bank_conflicts", RunBuilder().add(bdc({.useful = 8}), 0, 10).run()) == 0);
}

TEST_CASE("matrix work in f32 could run at the rate of f16") {
  const Chip chip = mini_chip();
  const std::int64_t wide = peak_macs_per_cycle(chip, DType::kF32);
  const std::int64_t narrow = peak_macs_per_cycle(chip, DType::kF16);
  REQUIRE(narrow > wide);
  const std::int64_t length = 1000 * narrow;
  const CommandCost cost{.useful = 1};
  CHECK(cost_of("wide_type", RunBuilder().add(bdc(cost, DType::kF32), 0, length).run()) ==
        length - 1000 * wide);
  CHECK(cost_of("wide_type", RunBuilder().add(bdc(cost, DType::kF16), 0, length).run()) == 0);
}

/// Op 1, a turn of 20 ns, op 2, each the only op of its layer.
Simulation run_with_turn() {
  Simulation run = RunBuilder().bdc(0, 10, 1).bdc(30, 40, 2).run();
  for (const std::uint32_t op : {1U, 2U}) {
    run.program.commands[op - 1].group = op - 1;
    run.plan.groups.push_back({.form = SingleOp{.op = OpId{op}}});
  }
  run.timeline.reason[1] = WaitReason::kLayer;
  return run;
}

TEST_CASE("a switch between two layers goes where they could be one") {
  Simulation run = run_with_turn();
  CHECK(cost_of("layer_switches", run) == 30 - 10);
  // The same gap is no turn when the second op waited for something else.
  run.timeline.reason[1] = WaitReason::kDependency;
  CHECK(cost_of("layer_switches", run) == 0);
}

TEST_CASE("a turn counts for what keeps its layers apart, and not where one layer takes longer") {
  const auto message = [](const GroupDecision& decision) {
    Simulation run = run_with_turn();
    run.plan.decisions = {decision};
    for (const Finding& finding : profile_of(run).report.findings)
      if (finding.rule == "layer_switches") return finding.message;
    return std::string();
  };
  using Kind = GroupDecision::Kind;
  const std::string all = "1 of 1 group switches are ";
  CHECK(message({.kind = Kind::kNoLocalForm, .op = OpId{1}}) ==
        all + "at ops not supported in local memory");
  CHECK(message({.kind = Kind::kNoLocalForm, .op = OpId{2}}) ==
        all + "at ops not supported in local memory");
  CHECK(message({.kind = Kind::kDoesNotFit, .op = OpId{2}}) ==
        all + "of layers that do not fit together");
  CHECK(message({.kind = Kind::kLimit, .op = OpId{2}}) == all + "at a limit of the groups' size");
  CHECK(message({.kind = Kind::kCostsMore, .op = OpId{2}}).empty());
}

TEST_CASE("a run bound by vector work is told of its smooth activations, one bound else is not") {
  constexpr std::string_view kSilu = "x = Input f32[1,8]\n a = Silu(x)\n b = Sigmoid(a)\n return b";
  const CommandCost work{.useful = 10};
  const Simulation run = RunBuilder()
                             .bdc(0, 30, 1, work, CommandKind::kArith)
                             .bdc(30, 50, 2, work, CommandKind::kArith)
                             .run();
  CHECK(cost_of("activations", run, kSilu) == 30);
  CHECK(cost_of("activations", run) == 0);  // Relu and Sigmoid
  const Simulation compute = RunBuilder()
                                 .bdc(0, 30, 1, work, CommandKind::kArith)
                                 .bdc(30, 90, 2, work, CommandKind::kConv)
                                 .run();
  CHECK(cost_of("activations", compute, kSilu) == 0);
}

TEST_CASE("what bounds the run is explained first, whatever else costs more; a trifle is not") {
  constexpr std::string_view kSilu = "x = Input f32[1,8]\n a = Silu(x)\n b = Sigmoid(a)\n return b";
  const CommandCost work{.useful = 10};
  const auto first_rule = [&](std::int64_t launch, std::int64_t silu, std::int64_t all) {
    const Simulation run = RunBuilder(launch)
                               .bdc(launch, launch + silu, 1, work, CommandKind::kArith)
                               .bdc(launch + silu, launch + all, 2, work, CommandKind::kArith)
                               .run();
    return profile_of(run, kSilu).report.findings.front().rule;
  };
  CHECK(first_rule(40, 30, 100) == "activations");  // of 30 ns, the launch of 40
  CHECK(first_rule(110, 30, 100) == "launch");      // which bounds the run
  CHECK(first_rule(10, 1, 200) == "launch");        // smooth activations are under 1 %
}

TEST_CASE("every rule has a test, findings come with the largest cost first") {
  const std::vector<std::string> tested = {
      "activations",     "bank_conflicts", "core_imbalance", "data_movement", "ddr_round_trip",
      "launch",          "layer_switches", "low_fill",       "overlap",       "short_runs",
      "small_transfers", "tiny_commands",  "wide_type"};
  CHECK(RuleRegistry::instance().names() == tested);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Profile profile = profile_of(random_run(seed));
    const std::vector<Finding>& findings = profile.report.findings;
    // Those about what bounds the run are before the others.
    const auto has_less = [](const Finding& a, const Finding& b) { return a.cost > b.cost; };
    const auto others = std::is_sorted_until(findings.begin(), findings.end(), has_less);
    CHECK(std::is_sorted(others, findings.end(), has_less));
  }
}

}  // namespace
}  // namespace tpuscope::test
