// What a run rests on; and that a command leads back to its op, the pass that made it and the file.

#include "profiles/report/evidence.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "passes/compile.h"
#include "profiles/report/report.h"
#include "tests/support/models.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

Profile evidence_profile_of(Graph graph, const Chip& chip) {
  Simulation simulation = simulated(graph, chip);
  return make_profile(std::move(graph), std::move(simulation), chip, {}, {});
}

Profile rewritten_swin(const Chip& chip) {
  Result<Graph> graph = load_graph("swin_t");
  REQUIRE(graph.ok());
  Result<Network> network = rewrite(*std::move(graph), {}, {.switches = SwitchSet::all()});
  REQUIRE(network.ok());
  return evidence_profile_of(std::move(network->graph), chip);
}

Picoseconds time_of(const Profile& profile, Evidence evidence) {
  Picoseconds sum{};
  for (const EvidenceRow& row : profile.report.evidence)
    sum += row.evidence == evidence ? row.time : Picoseconds{};
  return sum;
}

}  // namespace

TEST_CASE("the time by evidence adds up to the makespan on every chip") {
  for (const std::string& name : builtin_chip_names()) {
    CAPTURE(name);
    const Profile profile = evidence_profile_of(
        testing::graph_of("x = Input f32[2,16,32,32]\n w = Weight f32[16,16,3,3]\n"
                          "y = Conv(x, w) pads=[1,1,1,1]\n z = Softmax(y) axis=3"),
        *load_chip(name));
    Picoseconds sum{};
    for (const EvidenceRow& row : profile.report.evidence) {
      CHECK(!row.values.empty());
      sum += row.time;
    }
    CHECK(sum == profile.report.summary.makespan);
  }
}

TEST_CASE("evidence by op adds up to what each op is charged, and is none of its neighbour's") {
  const Chip chip = *load_chip("bm1684x");
  const Profile profile = evidence_profile_of(
      testing::graph_of("x = Input f32[2,64,16]\n y = Permute(x) order=[1,0,2]\n z = Exp(y)"),
      chip);
  std::size_t assumed = 0;
  for (const OpRow& op : profile.report.ops) {
    CAPTURE(op.name);
    Picoseconds sum{};
    bool is_copied = false;
    for (const EvidenceRow& row : op.evidence) {
      sum += row.time;
      for (const std::string& value : row.values)
        is_copied = is_copied || value == "command.copy_run_cycles";
    }
    CHECK(sum == op.blame());
    CHECK(is_copied == (op.type == "Permute"));
    assumed += is_copied ? 1U : 0U;
  }
  CHECK(assumed == 1);
}

TEST_CASE("what short rows lose rests on an assumed number, the rest on better ones") {
  // 64 rows of 64 bytes: their time beyond the bytes' own is the losses of a copy.
  const Graph graph = testing::graph_of("x = Input f32[2,64,16]\n y = Permute(x) order=[1,0,2]");
  const Profile profile = evidence_profile_of(
      graph,
      bm1684x({{"overhead.launch_us", "0"}, {"clock.tiu_mhz", "1000"}, {"clock.dma_mhz", "1000"}}));
  std::int64_t losses = 0;
  for (const Command& command : profile.simulation.program.commands)
    losses += command.cost.padding;
  CHECK(losses > 0);
  CHECK(time_of(profile, Evidence::kAssumed).value == losses * 1000);
  CHECK(profile.report.evidence.back().values ==
        std::vector<std::string>{"command.copy_run_cycles"});
}

TEST_CASE("charges and busy times add up where two cores work at once") {
  const Profile profile = rewritten_swin(*load_chip("bm1688"));
  const Summary& summary = profile.report.summary;
  CHECK(summary.cores == 2);
  CHECK(profile.report.waterfall.total() == summary.makespan);
  CHECK(summary.bdc_busy <= summary.makespan);
  CHECK(summary.gdma_busy <= summary.makespan);
  CHECK(summary.idle >= Picoseconds{});
  CHECK(summary.overlap >= Picoseconds{});
  CHECK(summary.local_memory_peak_bytes <= summary.local_memory_bytes);
  std::size_t on_second = 0;
  for (const Command& command : profile.simulation.program.commands)
    on_second += command.core == 1 ? 1U : 0U;
  CHECK(on_second > 1000);
}

TEST_CASE("from any command of a rewritten network its op, pass and nodes of the file are found") {
  const Profile profile = rewritten_swin(bm1684x());
  const Graph& graph = profile.graph;
  std::size_t made_by_passes = 0;
  for (const Command& command : profile.simulation.program.commands) {
    REQUIRE(command.op < graph.size());
    const Op& op = graph[OpId{command.op}];
    const auto row =
        std::find_if(profile.report.ops.begin(), profile.report.ops.end(),
                     [&](const OpRow& candidate) { return candidate.op.index == command.op; });
    REQUIRE(row != profile.report.ops.end());
    REQUIRE(row->made_by == op.made_by);
    REQUIRE(row->origin == op.origin);
    REQUIRE(!row->origin.empty());  // nodes of the file that it stands for
    REQUIRE(!rule_of(command).name.empty());
    made_by_passes += op.made_by.empty() ? 0U : 1U;
  }
  CHECK(made_by_passes > 0);
}

}  // namespace tpuscope::test
