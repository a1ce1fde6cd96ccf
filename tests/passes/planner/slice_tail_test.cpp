// What slices of growing ranges touch is what the same ranges touch by themselves.

#include "passes/planner/slice_tail.h"

#include <doctest/doctest.h>

#include "passes/planner/slice_counts.h"
#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

/// `a` is read by the convolution and, behind a view, by the sum; `c` leaves the group too.
constexpr std::string_view kResidual = R"(
  x = Input f16[2,4,12,8]
  w = Weight f16[4,4,3,3]
  a = Relu(x)
  b = Conv(a, w) pads=[1,1,1,1]
  c = Sigmoid(b)
  p = MaxPool(c) kernel=[3,3] pads=[1,1,1,1]
  d = Add(p, a)
  e = Relu(d)
  return e, c
)";

void check_like_alone(const testing::TestGroup& test, SliceTail& tail, const GroupRange& range,
                      const SliceCounts& slices) {
  const std::vector<SliceCounts> positions = sampled_slices(slices);
  REQUIRE(tail.samples().size() == positions.size());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    SliceRegions alone;
    REQUIRE(slice_regions(test.run, range, mini_chip(), slices, positions[i], alone));
    for (const std::size_t value : values_of(test.run, range)) {
      CAPTURE(range.first);
      CAPTURE(value);
      CHECK(tail.samples()[i].needed[value] == alone.needed[value]);
      CHECK(tail.samples()[i].stored[value] == alone.stored[value]);
    }
  }
}

TEST_CASE("a range that grew op by op touches what it touches by itself") {
  const testing::TestGroup test(kResidual);
  const Chip chip = mini_chip();
  SliceTails tails(chip, test.run);
  for (const SliceCounts& slices :
       {SliceCounts{1, 1, 1, 1, 1}, SliceCounts{2, 1, 1, 1, 1}, SliceCounts{2, 1, 1, 4, 1}}) {
    for (std::size_t last = 0; last < test.run.ops.size(); ++last) {
      for (std::size_t first = last + 1; first-- > 0;) {
        const GroupRange range{first, last};
        SliceTail& tail = tails.of(range, slices);
        REQUIRE(tail.reach(first));
        check_like_alone(test, tail, range, slices);
      }
    }
  }
}

TEST_CASE("a shorter range after a longer one begins anew, with nothing left of that one") {
  const testing::TestGroup test(kResidual);
  const Chip chip = mini_chip();
  SliceTails tails(chip, test.run);
  const SliceCounts slices{1, 1, 1, 3, 1};
  const GroupRange whole = test.range;
  const GroupRange half{whole.last - 1, whole.last};
  REQUIRE(tails.of(whole, slices).reach(whole.first));
  SliceTail& tail = tails.of(half, slices);
  REQUIRE(tail.reach(half.first));
  check_like_alone(test, tail, half, slices);
}

TEST_CASE("what is remembered of a value goes when an op in front reads more of it") {
  const testing::TestGroup test(kResidual);
  const Chip chip = mini_chip();
  SliceTails tails(chip, test.run);
  const std::size_t last = test.op("e");
  SliceTail& tail = tails.of({test.op("d"), last}, {1, 1, 1, 3, 1});
  REQUIRE(tail.reach(test.op("d")));
  const std::size_t a = test.value("a");
  const std::size_t e = test.value("e");
  tail.size(a) = {.bytes = 64};
  tail.size(e) = {.bytes = 32};
  REQUIRE(tail.reach(test.op("p")));
  CHECK(tail.size(a).bytes == 64);  // pooling reads c only
  REQUIRE(tail.reach(test.op("b")));
  CHECK(tail.size(a).bytes < 0);
  CHECK(tail.size(e).bytes == 32);
}

TEST_CASE("a slice without work is found where the op joins, and holds for all longer ranges") {
  const testing::TestGroup test(kResidual);
  const Chip chip = mini_chip();
  SliceTails tails(chip, test.run);
  // 13 slices of 12 rows.
  SliceTail& tail = tails.of(test.range, {1, 1, 1, 13, 1});
  CHECK_FALSE(tail.reach(test.range.last));
  CHECK_FALSE(tail.reach(test.range.first));
  CHECK(tails.of(test.range, {1, 1, 1, 12, 1}).reach(test.range.first));
}

}  // namespace
}  // namespace tpuscope::test
