// Which capability is worth writing next.

#include "profiles/whatif/capabilities.h"

#include <algorithm>
#include <array>
#include <set>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "profiles/views/whatif_views.h"
#include "tests/support/models.h"

namespace tpuscope::test {
namespace {

Variants variants_of_capabilities(const std::string& model) {
  Result<Graph> graph = load_graph(model);
  REQUIRE(graph.ok());
  return Variants(std::make_shared<Compiler>(*std::move(graph)));
}

Configuration capabilities_run(const std::string& switches, DType precision = DType::kF16) {
  return {.precision = {.precision = precision}, .switches = *parse_switches(switches)};
}

/// Swin's variants, remembered from one case to the next.
Variants& swin_capabilities() {
  static Variants variants = variants_of_capabilities("swin_t");
  return variants;
}

CapabilityRanking ranking_of(Variants& variants, const std::string& switches,
                             DType precision = DType::kF16,
                             const SwitchSet& known = SwitchSet::all()) {
  const Result<CapabilityRanking> ranking =
      rank_capabilities(variants, capabilities_run(switches, precision), known);
  if (!ranking.ok()) FAIL(ranking.error().message);
  return *ranking;
}

std::vector<std::string> names_of(const CapabilityRanking& ranking) {
  std::vector<std::string> names;
  for (const RankedCapability& row : ranking.rows)
    names.push_back(row.capability.name);
  return names;
}

TEST_CASE(
    "the four changes of the published optimisation of Swin lead the ranking, permutes first") {
  Variants& variants = swin_capabilities();
  const CapabilityRanking ranking = ranking_of(variants, "baseline", DType::kF16, known_in(2023));
  const std::vector<std::string> names = names_of(ranking);
  REQUIRE(names.size() > 4);
  CHECK(names[0] == "transpose_elimination");
  CHECK(std::set<std::string>(names.begin() + 1, names.begin() + 4) ==
        std::set<std::string>{"local.slice_5d", "local.weight_split", "local.squeeze"});
  // They pay together: alone the local forms save next to nothing, and none can be missed.
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(names[i]);
    CHECK(ranking.rows[i].average.value > 0);
    CHECK(ranking.rows[i].left_out > ranking.rows[i].alone);
  }
  // Rules without a form come behind, whatever lifting them would save at most.
  for (std::size_t i = 4; i < ranking.rows.size(); ++i)
    CHECK(ranking.rows[i].capability.kind == Capability::Kind::kRule);
}

TEST_CASE("averages add up to what all switches give, and then to what all rules give") {
  Variants& variants = swin_capabilities();
  const CapabilityRanking ranking = ranking_of(variants, "baseline");
  std::array<std::int64_t, 2> sums{};
  for (const RankedCapability& row : ranking.rows)
    sums.at(static_cast<std::size_t>(row.capability.kind)) += row.average.value;
  const auto rows = static_cast<std::int64_t>(ranking.rows.size());
  CHECK(std::abs(sums[0] - (ranking.present - ranking.all_switches).value) <= rows);
  CHECK(std::abs(sums[1] - (ranking.all_switches - ranking.all_lifted).value) <= rows);
  CHECK(ranking.present == variants.figures(capabilities_run("baseline"))->makespan);
  CHECK(ranking.all_switches == variants.figures(capabilities_run("optimized"))->makespan);
}

TEST_CASE("a form need not be used: no rule without local-memory support has a negative gain") {
  // The planner goes by an estimate, by which a group with the form may look faster than it is:
  // on BM1684X that of ResNet-50's last product does.
  Variants variants = variants_of_capabilities("resnet50");
  std::size_t rules = 0;
  for (const std::string preset : {"baseline", "optimized"}) {
    const CapabilityRanking ranking = ranking_of(variants, preset);
    CHECK(ranking.all_lifted <= ranking.all_switches);
    for (const RankedCapability& row : ranking.rows) {
      if (row.capability.kind != Capability::Kind::kRule) continue;
      CAPTURE(row.capability.name);
      ++rules;
      CHECK(row.alone.value >= 0);
      CHECK(row.left_out.value >= 0);
      CHECK(row.average.value >= 0);
    }
  }
  CHECK(rules > 0);
}

TEST_CASE("no switch has a negative gain either: what costs time by itself is not used") {
  Variants& variants = swin_capabilities();
  const CapabilityRanking ranking = ranking_of(variants, "baseline");
  CHECK(ranking.all_switches <= ranking.present);
  bool has_costly = false;
  for (const RankedCapability& row : ranking.rows) {
    CAPTURE(row.capability.name);
    CHECK(row.alone.value >= 0);
    CHECK(row.left_out.value >= 0);
    CHECK(row.average.value >= 0);
    for (const Picoseconds lost : row.members_left_out)
      CHECK(lost.value >= 0);
    if (row.capability.switches.size() != 1) continue;
    Configuration alone = capabilities_run("baseline");
    turn_switch(alone, row.capability.switches.front());
    has_costly = has_costly || variants.figures(alone)->makespan > ranking.present;
  }
  CHECK(has_costly);
}

TEST_CASE("what is on is no capability, and with everything on only rules are left") {
  Variants& variants = swin_capabilities();
  for (const RankedCapability& row : ranking_of(variants, "optimized").rows)
    CHECK(row.capability.kind == Capability::Kind::kRule);
  const std::vector<std::string> names = names_of(ranking_of(variants, "optimized,-local.squeeze"));
  CHECK(names.front() == "local.squeeze");
  CHECK(std::count(names.begin(), names.end(), "local.slice_5d") == 0);
}

TEST_CASE("rules name the ops that they keep out by their patterns, each op once") {
  const CapabilityRanking ranking = ranking_of(swin_capabilities(), "optimized");
  bool has_rule = false;
  for (const RankedCapability& row : ranking.rows) {
    if (row.capability.kind != Capability::Kind::kRule) continue;
    has_rule = true;
    CAPTURE(row.capability.name);
    std::int64_t ops = 0;
    std::int64_t least = row.capability.ops;
    for (const CapabilityPattern& pattern : row.capability.patterns) {
      ops += pattern.ops;
      CHECK(pattern.ops <= least);
      least = pattern.ops;
      CHECK(pattern.text.find("f16[") != std::string::npos);
      CHECK(!pattern.first.empty());
    }
    CHECK(ops == row.capability.ops);
  }
  CHECK(has_rule);
}

TEST_CASE("a family counts the members that are off") {
  Variants& variants = swin_capabilities();
  const CapabilityRanking ranking = ranking_of(variants, "optimized,-hdim_is_batch,-sink_permute");
  const RankedCapability& family = ranking.rows.front();
  CHECK(family.capability.name == "transpose_elimination");
  CHECK(family.capability.switches == std::vector<std::string>{"sink_permute", "hdim_is_batch"});
  CHECK(family.members_left_out.size() == 2);
}

TEST_CASE("every kind of network can be asked, and a second answer is the first") {
  std::vector<std::string> models = {"swin_t", "c3d", "resnet50"};
  if (testing::kIsSanitized) models = {"resnet50"};
  for (const std::string& model : models) {
    CAPTURE(model);
    Variants variants = variants_of_capabilities(model);
    const CapabilityRanking ranking = ranking_of(variants, "baseline", DType::kI8);
    CHECK(ranking.rows.size() >= 4);
    const Report report{};
    const std::string first = capabilities_json(ranking, report);
    // What was remembered shows in the count of runs alone.
    Variants again = variants_of_capabilities(model);
    CHECK(capabilities_json(ranking_of(again, "baseline", DType::kI8), report) == first);
  }
}

}  // namespace
}  // namespace tpuscope::test
