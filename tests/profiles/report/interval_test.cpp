// Intervals: made-up residuals of which a person can do the ranks, and the table of the program.

#include "profiles/report/interval.h"

#include <doctest/doctest.h>

#include "profiles/report/verdict.h"
#include "tests/profiles/timelines.h"

namespace tpuscope::test {
namespace {

/// One row each of networks n0, n1, ... with these ratios.
std::vector<Residual> rows_of(const std::vector<double>& ratios, const std::string& chip = "c",
                              const std::string& bound = "compute") {
  std::vector<Residual> rows;
  for (std::size_t i = 0; i < ratios.size(); ++i)
    rows.push_back({"n" + std::to_string(i), chip, 1, "f16", bound, ratios[i]});
  return rows;
}

/// 1.01, 1.02, ... of so many networks.
std::vector<Residual> ladder(int count, const std::string& chip = "c",
                             const std::string& bound = "compute") {
  std::vector<double> ratios;
  for (int i = 1; i <= count; ++i)
    ratios.push_back(1 + i / 100.0);
  return rows_of(ratios, chip, bound);
}

constexpr RunKind kKind{.chip = "c", .cores = 1, .precision = "f16", .bound = "compute"};

TEST_CASE("the ends are the ranks between which four of five new networks lie") {
  // 19 networks part the line in 20 pieces alike: from the 2nd to the 18th are 16 of them.
  const Interval interval = interval_of(ladder(19), kKind, {1'000'000});
  CHECK(interval.low.value == 1'020'000);
  CHECK(interval.high.value == 1'180'000);
  CHECK(interval.basis == "19 runs of 19 networks measured: c, f16, bound by compute");
}

TEST_CASE("an interval may lie beside a prediction that is always too fast") {
  const Interval interval = interval_of(ladder(19), kKind, {1'000'000});
  CHECK(interval.low.value > 1'000'000);
}

TEST_CASE("where few rows are alike, those that have less in common are taken too") {
  std::vector<Residual> rows = ladder(11);
  const std::vector<Residual> others = ladder(11, "c", "padding");
  rows.insert(rows.end(), others.begin(), others.end());
  CHECK(interval_of(rows, kKind, {1000}).basis == "22 runs of 11 networks measured: c, f16");
  const RunKind two_cores{.chip = "c", .cores = 2, .precision = "f16", .bound = "compute"};
  CHECK(interval_of(rows, two_cores, {1000}).basis == "22 runs of 11 networks measured: c");
  const RunKind other_chip{.chip = "d", .cores = 1, .precision = "f16", .bound = "compute"};
  CHECK(interval_of(rows, other_chip, {1000}).basis ==
        "22 runs of 11 networks measured: all chips");
}

TEST_CASE("eleven rows, or seven networks, are no sample") {
  CHECK(!interval_of(ladder(11), kKind, {1000}).exists());
  std::vector<Residual> rows = ladder(14);
  for (std::size_t i = 7; i < rows.size(); ++i)
    rows[i].network = rows[i - 7].network;
  CHECK(!interval_of(rows, kKind, {1000}).exists());
  CHECK(interval_of(ladder(12), kKind, {1000}).exists());
}

TEST_CASE("rows of one network count as one where the ranks are found") {
  // 19 networks by themselves, and the same, each measured twice.
  std::vector<Residual> twice = ladder(19);
  const std::vector<Residual> again = twice;
  twice.insert(twice.end(), again.begin(), again.end());
  const Interval once = interval_of(ladder(19), kKind, {1'000'000});
  const Interval both = interval_of(twice, kKind, {1'000'000});
  CHECK(both.low.value >= once.low.value - 10'000);
  CHECK(both.low.value <= once.low.value);
  CHECK(both.high.value >= once.high.value);
}

TEST_CASE("of the measured rows, three quarters to 85 % lie where the other networks say") {
  const double coverage = coverage_of(residuals());
  CHECK(coverage >= 0.75);
  CHECK(coverage <= 0.85);
}

TEST_CASE("no chip of the table lies outside of its intervals as a whole") {
  for (const std::string chip : {"bm1684x", "bm1684", "bm1688", "cv186x"}) {
    CAPTURE(chip);
    std::vector<Residual> rows;
    for (const Residual& row : residuals()) {
      if (row.chip == chip) rows.push_back(row);
    }
    REQUIRE(rows.size() > 20);
    CHECK(coverage_of(rows) > 0.6);
  }
}

TEST_CASE("coverage is what the others say of each network, not what it says of itself") {
  // Without rung i of 20 the interval reaches from the 2nd to the 18th of 19: rungs 3 to 18 lie
  // inside.
  CHECK(coverage_of(ladder(20)) == doctest::Approx(16.0 / 20));
  // Rows of a network that differ from all others count as they are.
  std::vector<Residual> rows = ladder(20);
  for (int i = 0; i < 20; ++i)
    rows.push_back({"odd", "c", 1, "f16", "compute", 9});
  CHECK(coverage_of(rows) < 0.6);
}

TEST_CASE("a table with other columns or numbers is refused with its line") {
  CHECK(parse_residuals("network,chip,cores,precision,bound,ratio\nn,c,1,f16,compute,1.1\n", "t")
            .ok());
  CHECK(!parse_residuals("network,chip\nn,c\n", "t").ok());
  for (const std::string row : {"n,c,0,f16,compute,1", "n,c,1,f16,compute,0", "n,c,1,f16,compute,x",
                                "n,c,1,f16,compute,-1"}) {
    CAPTURE(row);
    const auto refused =
        parse_residuals("network,chip,cores,precision,bound,ratio\n" + row + "\n", "t");
    REQUIRE(!refused.ok());
    CHECK(refused.error().where == "t:2");
  }
}

TEST_CASE("a run that a board measured has no interval, the same simulated has one") {
  const Graph graph = testing::graph_of(kTwoOps);
  const auto profile = [&](bool is_measured) {
    return make_profile(graph, random_run(3), *load_chip("bm1684x"),
                        {.is_measured = is_measured, .chip = "bm1684x"}, {});
  };
  CHECK(profile(false).report.summary.interval.exists());
  CHECK(!profile(true).report.summary.interval.exists());
}

Waterfall waterfall_of(std::int64_t compute, std::int64_t load, std::int64_t store) {
  Waterfall waterfall;
  waterfall[Step::kUsefulCompute].value = compute;
  waterfall[Step::kExposedLoad].value = load;
  waterfall[Step::kExposedStore].value = store;
  return waterfall;
}

TEST_CASE("loads and stores outweigh a step that each of them does not") {
  const Verdict transfers = verdict_of(waterfall_of(40, 30, 30));
  CHECK(transfers.bound() == "transfers");
  CHECK(transfers.share == doctest::Approx(0.6));
  const Verdict compute = verdict_of(waterfall_of(70, 15, 15));
  CHECK(compute.bound() == "compute");
  CHECK(compute.share == doctest::Approx(0.7));
  CHECK(verdict_of(waterfall_of(0, 0, 0)).bound() == "compute");
}

TEST_CASE("every view says the same of what bounds a run") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Profile profile = profile_of(random_run(seed));
    const std::string bound(profile.report.summary.verdict.bound());
    CAPTURE(bound);
    CHECK(written("text", {.after = &profile}).find("bound by " + bound) != std::string::npos);
    CHECK(
        written("json", {.after = &profile}).find("\"bound\":\"" + bound + "\",\"bound_share\"") !=
        std::string::npos);
    CHECK(written("markdown", {.after = &profile}).find("| bound by | " + bound) !=
          std::string::npos);
    CHECK(written("html", {.after = &profile}).find("\"verdict\":{\"bound\":\"" + bound + "\"") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace tpuscope::test
