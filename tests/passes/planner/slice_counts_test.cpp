// Steps between slice counts, and the slices that stand for all.

#include "passes/planner/slice_counts.h"

#include <doctest/doctest.h>

namespace tpuscope {
namespace {

TEST_CASE("slices get finer along n first, then c, d, h and w") {
  SliceCounts slices{1, 1, 1, 1, 1};
  const SliceCounts limits{2, 1, 1, 2, 1};
  CHECK(refine(slices, limits, 1.0));
  CHECK(slices == SliceCounts{2, 1, 1, 1, 1});
  CHECK(refine(slices, limits, 1.0));
  CHECK(slices == SliceCounts{2, 1, 1, 2, 1});
  CHECK_FALSE(refine(slices, limits, 1.0));
  CHECK(slices == limits);
}

TEST_CASE("counts whose parts are no smaller are left out") {
  // 10 in 5 parts are 2 each; 6 to 9 parts would still have one of 2.
  SliceCounts slices{5, 1, 1, 1, 1};
  CHECK(refine(slices, {10, 1, 1, 1, 1}, 1.0));
  CHECK(slices[kSliceN] == 10);
}

TEST_CASE("where much is missing, counts grow by four fifths of the ratio at once") {
  // 5 times too much: 1 * 0.8 * 5 = 4 slices, of 64 rows 16 each. From 1: 2, 3, 4.
  SliceCounts slices{1, 1, 1, 1, 1};
  CHECK(refine(slices, {1, 1, 1, 64, 1}, 5.0));
  CHECK(slices[kSliceH] == 4);
  slices = {1, 1, 1, 1, 1};
  CHECK(refine(slices, {1, 1, 1, 64, 1}, 1.0));
  CHECK(slices[kSliceH] == 2);
}

TEST_CASE("samples are the ends and two thirds in between, each once") {
  CHECK(sampled_slices({1, 1, 1, 1, 1}) == std::vector<SliceCounts>{{0, 0, 0, 0, 0}});
  CHECK(sampled_slices({2, 1, 1, 1, 1}) ==
        std::vector<SliceCounts>{{0, 0, 0, 0, 0}, {1, 0, 0, 0, 0}});
  // Of 9 slices: 0, 8, 9 / 3 = 3 and 2 * 9 / 3 = 6.
  CHECK(
      sampled_slices({9, 1, 1, 1, 1}) ==
      std::vector<SliceCounts>{{0, 0, 0, 0, 0}, {8, 0, 0, 0, 0}, {3, 0, 0, 0, 0}, {6, 0, 0, 0, 0}});
}

TEST_CASE("exhaustive slices are the samples and each axis by itself") {
  const std::vector<SliceCounts> slices = exhaustive_slices({2, 1, 1, 3, 1});
  // 4 samples of 6 slices, then 2 along n, 1 along c, d and w each, 3 along h.
  REQUIRE(slices.size() == 4 + 2 + 1 + 1 + 3 + 1);
  CHECK(slices[4 + 1] == SliceCounts{1, 0, 0, 0, 0});
  CHECK(slices[4 + 2 + 1 + 1 + 2] == SliceCounts{0, 0, 0, 2, 0});
}

}  // namespace
}  // namespace tpuscope
