// Why an op, a group or a gap costs what it costs.

#include "profiles/whatif/explanation.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "graph/frontend.h"
#include "passes/pipeline.h"
#include "profiles/views/whatif_views.h"
#include "tests/support/grouping.h"

namespace tpuscope::test {
namespace {

const std::string kSwitches = "optimized,-local.slice_5d,-split_products";

Chip chip_explanation() {
  return *load_chip("bm1684x");
}

Profile swin_explanation() {
  Graph graph = testing::prepared("swin_t", DType::kF16, kSwitches);
  const Plan plan = testing::planned(graph, chip_explanation(), testing::grouping(kSwitches));
  Result<Simulation> simulation = simulate(graph, chip_explanation(), plan);
  REQUIRE(simulation.ok());
  return make_profile(std::move(graph), *std::move(simulation), chip_explanation(),
                      {.precision = DType::kF16, .chip = "bm1684x"}, {});
}

Picoseconds rule_time(const Explanation& explanation, Engine engine) {
  Picoseconds sum{};
  for (const RuleShare& rule : explanation.rules) {
    if (rule.engine == engine) sum += rule.total();
  }
  return sum;
}

TEST_CASE("an op's parts are those of the report: charges by cause, engine time by rule") {
  const Profile profile = swin_explanation();
  std::set<std::string> names;
  for (std::size_t i = 0; i < 20; ++i) {
    const OpRow& row = profile.report.ops[i];
    CAPTURE(row.name);
    if (!names.insert(row.name).second) continue;  // the one before costs more
    const Result<Explanation> explanation = explain_op(profile, chip_explanation(), row.name);
    REQUIRE(explanation.ok());
    CHECK(explanation->charged.steps == row.waterfall.steps);
    CHECK(explanation->group == row.group);
    // Parts round to picoseconds one by one.
    const auto rounding = static_cast<std::int64_t>(4 * row.commands);
    CHECK(std::abs((rule_time(*explanation, Engine::kBdc) - row.bdc_busy).value) <= rounding);
    CHECK(std::abs((rule_time(*explanation, Engine::kGdma) - row.gdma_busy).value) <= rounding);
    CHECK(explanation->begin < explanation->end);
    for (const RuleShare& rule : explanation->rules)
      CHECK(!rule.values.empty());
  }
}

TEST_CASE("a group's parts are the sum of its ops' parts") {
  const Profile profile = swin_explanation();
  const auto several = std::find_if(profile.report.groups.begin(), profile.report.groups.end(),
                                    [](const GroupRow& group) { return group.ops.size() > 2; });
  REQUIRE(several != profile.report.groups.end());
  const Result<Explanation> group = explain_group(profile, chip_explanation(), several->index);
  REQUIRE(group.ok());
  CHECK(group->charged.total() == several->blame);
  CHECK(group->ops.size() == several->ops.size());
  CHECK(group->on_path <= profile.report.summary.makespan);
}

TEST_CASE("gaps and computing make up the run behind the launch") {
  const Profile profile = swin_explanation();
  const std::vector<Gap> gaps = gaps_of(profile);
  Picoseconds idle{};
  for (const Gap& gap : gaps)
    idle += gap.length();
  const Summary& summary = profile.report.summary;
  CHECK(idle + summary.bdc_busy + profile.simulation.timeline.launch == summary.makespan);
  CHECK(std::is_sorted(gaps.begin(), gaps.end(),
                       [](const Gap& a, const Gap& b) { return a.length() > b.length(); }));
  for (const std::size_t rank : {std::size_t{1}, gaps.size()}) {
    const Result<Explanation> gap =
        explain_gap(profile, chip_explanation(), static_cast<std::int64_t>(rank));
    REQUIRE(gap.ok());
    CHECK(gap->charged.total() == gaps[rank - 1].length());
    CHECK(gap->on_path <= gaps[rank - 1].length());
    for (const RuleShare& rule : gap->rules)
      CHECK(rule.engine == Engine::kGdma);
  }
}

TEST_CASE("an op that a switch would let into a group says so, and what that saves") {
  const Profile profile = swin_explanation();
  const auto& decisions = profile.report.decisions;
  const auto kept_out =
      std::find_if(decisions.begin(), decisions.end(),
                   [](const DecisionRow& row) { return row.rule == "local.slice_5d"; });
  REQUIRE(kept_out != decisions.end());
  Result<Explanation> explanation =
      explain_op(profile, chip_explanation(), profile.graph[kept_out->op].name);
  REQUIRE(explanation.ok());
  REQUIRE(explanation->reasons.size() == 1);
  CHECK(explanation->reasons[0].decision.rule == "local.slice_5d");
  Variants variants(std::make_shared<Compiler>(*load_graph("swin_t")));
  const GroupOptions by_silicon{.plan_by = PlanBy::kSilicon};
  const Configuration present{.switches = *parse_switches(kSwitches), .groups = by_silicon};
  REQUIRE(add_gains(*explanation, variants, present).ok());
  REQUIRE(explanation->gains.size() == 1);
  CHECK(explanation->gains[0].is_switch);
  const Picoseconds with =
      variants
          .figures({.switches = *parse_switches("optimized,-split_products"), .groups = by_silicon})
          ->makespan;
  CHECK(explanation->gains[0].saved == profile.report.summary.makespan - with);
  CHECK(explanation->gains[0].saved.value > 0);
}

TEST_CASE("names, groups and gaps that do not exist are reported with those that do") {
  const Profile profile = swin_explanation();
  const Result<Explanation> part = explain_op(profile, chip_explanation(), "attn");
  REQUIRE(!part.ok());
  CHECK(part.error().message.find("is part of") != std::string::npos);
  CHECK(explain_op(profile, chip_explanation(), "nothing like it").error().code ==
        ErrorCode::kUsage);
  CHECK(!explain_group(profile, chip_explanation(), -1).ok());
  CHECK(!explain_group(profile, chip_explanation(), 100000).ok());
  CHECK(!explain_gap(profile, chip_explanation(), 0).ok());
  CHECK(!explain_gap(profile, chip_explanation(), 100000).ok());
}

TEST_CASE("the overview's path adds up, and every view is text of the terminal's width or JSON") {
  const Profile profile = swin_explanation();
  Compiler compiler(*load_graph("swin_t"));
  const Overview overview =
      *overview_of(profile, compiler, {.switches = *parse_switches(kSwitches)});
  Picoseconds sum{};
  for (const Overview::PathShare& share : overview.path)
    sum += share.time;
  CHECK(sum == profile.report.summary.makespan);
  const Explanation explanation = *explain_gap(profile, chip_explanation(), 1);
  for (const std::string& json :
       {overview_json(overview, profile), explanation_json(explanation, profile.report)}) {
    const auto parsed = nlohmann::ordered_json::parse(json);
    CHECK(parsed["kind"] == "tpuscope.explanation");
    CHECK(parsed["time_ps"] == profile.report.summary.makespan.value);
  }
  for (const std::size_t width : {std::size_t{80}, std::size_t{100}}) {
    const Terminal terminal{.width = width};
    const std::string text = overview_text(overview, profile, terminal) +
                             explanation_text(explanation, profile.report, terminal);
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      CHECK(width_of(text.substr(begin, end - begin)) <= width);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace tpuscope::test
