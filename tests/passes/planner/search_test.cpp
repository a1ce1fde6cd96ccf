// Cuts of a run, compared with all cuts that there are.

#include "passes/planner/search.h"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

/// A run with its trials; every op by itself takes `alone` picoseconds.
struct CutTest {
  testing::TestGroup group;
  Chip chip = bm1684x();
  GroupOptions options{};
  TrialMemo memo{};
  CandidatePricer pricer;
  TrialTable table;

  CutTest(std::string_view text, std::int64_t alone, GroupMethod method = GroupMethod::kDp,
          std::int64_t max_ops = 0)
      : group(text),
        options{.method = method, .max_ops = max_ops},
        pricer(chip, group.run, options),
        table(pricer, group.run, options, std::vector<std::int64_t>(group.run.ops.size(), alone),
              memo, memo.classes_of(group.graph, group.run, options)) {}

  /// The least time of any cut of ops [first, end), by trying all.
  std::int64_t least_time(std::size_t first = 0) {
    if (first == table.size()) return 0;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (std::size_t last = first; last < table.size(); ++last)
      least = std::min(least, table.segment(first, last).time + least_time(last + 1));
    return least;
  }
};

/// Maps of 2 MiB: 32 KiB per lane, of which 8 fit. A longer group needs more slices.
constexpr std::string_view kMaps = R"(
  x = Input f16[4,64,128,128]
  a = Relu(x)
  b = Sigmoid(a)
  c = Add(b, x)
  d = Exp(c)
  e = Mul(d, b)
  f = Relu(e)
  return f, d
)";

/// Longer than any group of these takes: the whole input in and out twice over.
constexpr std::int64_t kSlow = 2'000'000'000;

void check_is_partition(const Cut& cut, std::size_t size) {
  std::size_t next = 0;
  for (const Segment& segment : cut.segments) {
    CHECK(segment.first == next);
    next = segment.last + 1;
  }
  CHECK(next == size);
}

TEST_CASE("the exhaustive cut over single ops finds the least time of all cuts") {
  for (const std::int64_t alone : {kSlow, kSlow / 20, kSlow / 2000}) {
    CAPTURE(alone);
    CutTest test(kMaps, alone, GroupMethod::kOptimal);
    const Cut cut = cut_optimal(test.table);
    check_is_partition(cut, test.table.size());
    CHECK(cut.time() == test.least_time());
  }
}

TEST_CASE("dynamic programming over so few ops finds the least time as well") {
  CutTest test(kMaps, kSlow);
  const Cut cut = cut_dp(test.table);
  check_is_partition(cut, test.table.size());
  CHECK(cut.time() == test.least_time());
  CHECK(cut.time() < 6 * kSlow);  // something is grouped
}

TEST_CASE("without groups every op is a segment of its own") {
  CutTest test(kMaps, kSlow);
  const Cut cut = cut_none(test.table);
  check_is_partition(cut, test.table.size());
  CHECK(cut.segments.size() == 6);
  CHECK(cut.time() == 6 * kSlow);
}

TEST_CASE("ops that are faster alone stay alone") {
  CutTest test(kMaps, 1);
  for (const Cut& cut : {cut_dp(test.table), cut_greedy(test.table)}) {
    CHECK(cut.time() == 6 * 1);
    for (const Segment& segment : cut.segments)
      CHECK(segment.group == nullptr);
  }
}

TEST_CASE("the greedy cut takes the longest group that is valid at the end") {
  CutTest test(kMaps, kSlow);
  const Cut cut = cut_greedy(test.table);
  check_is_partition(cut, test.table.size());
  CHECK(test.table.trial(0, 5).candidate.has_value());
  REQUIRE(cut.segments.size() == 1);
  CHECK(cut.segments[0].group != nullptr);
}

TEST_CASE("a limit on ops holds in every cut") {
  for (const GroupMethod method : {GroupMethod::kGreedy, GroupMethod::kDp, GroupMethod::kOptimal}) {
    CutTest test(kMaps, kSlow, method, 2);
    const Cut cut = method == GroupMethod::kGreedy ? cut_greedy(test.table)
                    : method == GroupMethod::kDp   ? cut_dp(test.table)
                                                   : cut_optimal(test.table);
    check_is_partition(cut, test.table.size());
    // Six ops in three pairs.
    CHECK(std::count_if(cut.segments.begin(), cut.segments.end(),
                        [](const Segment& segment) { return segment.group != nullptr; }) == 3);
    CHECK(cut.time() == test.least_time());
  }
}

TEST_CASE("a rejected range is no group any more, and the next best cut is found") {
  CutTest test(kMaps, kSlow);
  REQUIRE(cut_greedy(test.table).segments.size() == 1);
  test.table.reject(0, 5);
  CHECK(test.table.trial(0, 5).rule == "fragmented");
  CHECK(test.table.segment(0, 5).group == nullptr);
  CHECK(cut_greedy(test.table).segments.size() == 2);
}

TEST_CASE("views do not count as ops of a group") {
  CutTest test("x = Input f16[1,64,8,8]\na = Relu(x)\nv = Reshape(a) shape=[1,64,64]\nreturn v",
               kSlow);
  CHECK(test.table.computing(0, 1) == 1);
  CHECK(test.table.segment(0, 1).group == nullptr);  // one op is no group
}

}  // namespace
}  // namespace tpuscope::test
