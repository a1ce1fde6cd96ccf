// What a group loads, keeps and stores, and which parts of its tensors a slice touches.

#include "passes/tiling/group_graph.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

constexpr std::string_view kRun = R"(
  x = Input f16[2,4,8,8]
  w = Weight f16[4,4,3,3]
  a = Relu(x)
  b = Conv(a, w) pads=[1,1,1,1]
  v = Reshape(b) shape=[2,4,64]
  c = Sigmoid(v)
  return c, a
)";

TEST_CASE("values come from outside, are stored for readers outside, or stay") {
  const testing::TestGroup test(kRun);
  const auto loaded = [&](const char* name) {
    return is_loaded(test.run, test.range, test.value(name));
  };
  const auto stored = [&](const char* name) {
    return is_stored(test.run, test.range, test.value(name));
  };
  CHECK(loaded("x"));
  CHECK(loaded("w"));
  CHECK_FALSE(loaded("a"));
  CHECK(stored("a"));  // an output of the network
  CHECK_FALSE(stored("b"));
  CHECK(stored("c"));
  // Of a part of the run: b is made by it and read after it.
  const GroupRange part{test.op("a"), test.op("b")};
  CHECK(is_stored(test.run, part, test.value("b")));
  CHECK(is_loaded(test.run, GroupRange{test.op("v"), test.op("c")}, test.value("b")));
}

TEST_CASE("a view is another name of its source's buffer") {
  const testing::TestGroup test(kRun);
  CHECK(buffer_of(test.run, test.range, test.value("v")) == test.value("b"));
  CHECK(buffer_of(test.run, test.range, test.value("c")) == test.value("c"));
  // Where the view is loaded, it is the buffer.
  CHECK(buffer_of(test.run, {test.op("c"), test.op("c")}, test.value("v")) == test.value("v"));
}

TEST_CASE("parts are even, the first ones a unit longer") {
  CHECK(even_part(10, 3, 0, 1) == Range{0, 4});
  CHECK(even_part(10, 3, 1, 1) == Range{4, 7});
  CHECK(even_part(10, 3, 2, 1) == Range{7, 10});
  // 10 channels in whole sets of 4 lanes: 3 sets, of which the last has 2.
  CHECK(even_part(10, 2, 0, 4) == Range{0, 8});
  CHECK(even_part(10, 2, 1, 4) == Range{8, 10});
}

TEST_CASE("slices go through channels first and through images last") {
  const SliceCounts counts{2, 3, 1, 2, 1};
  CHECK(slice_position(counts, 0) == SliceCounts{0, 0, 0, 0, 0});
  CHECK(slice_position(counts, 1) == SliceCounts{0, 1, 0, 0, 0});
  CHECK(slice_position(counts, 3) == SliceCounts{0, 0, 0, 1, 0});
  CHECK(slice_position(counts, 6) == SliceCounts{1, 0, 0, 0, 0});
  CHECK(product_of(counts) == 12);
}

TEST_CASE("the axes that slices cut follow from the type of group") {
  struct Row {
    Shape shape;
    GroupType type;
    std::array<std::size_t, 5> axes;
  };
  constexpr std::size_t kNo = kNoAxis;
  for (const Row& row : {Row{{2, 3, 4, 5}, GroupType::kNormal, {0, kNo, kNo, 2, 3}},
                         Row{{2, 3, 4}, GroupType::kNormal, {0, kNo, kNo, 2, kNo}},
                         Row{{2, 3}, GroupType::kNormal, {0, kNo, kNo, kNo, kNo}},
                         Row{{2, 3, 4, 5}, GroupType::kMatMul, {0, 1, kNo, 2, 3}},
                         Row{{2, 3, 4, 5, 6}, GroupType::k3d, {0, kNo, 2, 3, 4}},
                         Row{{2, 3, 4, 5}, GroupType::k3d, {0, kNo, kNo, 2, 3}},
                         Row{{2, 3, 4, 5}, GroupType::kSmallC, {0, 2, kNo, kNo, kNo}},
                         Row{{1, 3, 4, 5}, GroupType::kSmallC, {1, 2, kNo, kNo, kNo}},
                         Row{{2, 3, 4}, GroupType::kSmallC, {0, kNo, kNo, kNo, kNo}},
                         Row{{}, GroupType::kNormal, {kNo, kNo, kNo, kNo, kNo}}}) {
    for (std::size_t axis = 0; axis < row.axes.size(); ++axis) {
      CAPTURE(row.shape.size());
      CAPTURE(axis);
      CHECK(sliced_axis(row.shape, row.type, axis) == row.axes[axis]);
    }
  }
}

TEST_CASE("a slice needs the halo of what it stores, and weights whole") {
  const testing::TestGroup test(R"(
    x = Input f16[1,4,8,8]
    w = Weight f16[4,4,3,3]
    a = Relu(x)
    b = Conv(a, w) pads=[1,1,1,1]
    return b
  )");
  SliceRegions regions;
  // The second of four slices of rows: rows 2 and 3, which read rows 1 to 4.
  REQUIRE(
      slice_regions(test.run, test.range, mini_chip(), {1, 1, 1, 4, 1}, {0, 0, 0, 1, 0}, regions));
  CHECK(regions.stored[test.value("b")][2] == Range{2, 4});
  CHECK(regions.needed[test.value("a")][2] == Range{1, 5});
  CHECK(regions.needed[test.value("x")][2] == Range{1, 5});
  CHECK(regions.needed[test.value("w")] == whole({4, 4, 3, 3}));
}

TEST_CASE("what is stored and read again within the group must contain both") {
  const testing::TestGroup test(R"(
    x = Input f16[1,4,8,8]
    w = Weight f16[4,4,3,3]
    a = Relu(x)
    b = Conv(a, w) pads=[1,1,1,1]
    return b, a
  )");
  SliceRegions regions;
  REQUIRE(
      slice_regions(test.run, test.range, mini_chip(), {1, 1, 1, 4, 1}, {0, 0, 0, 1, 0}, regions));
  CHECK(regions.stored[test.value("a")][2] == Range{2, 4});
  CHECK(regions.needed[test.value("a")][2] == Range{1, 5});
}

TEST_CASE("slices of which some op gets nothing are none") {
  const testing::TestGroup test("x = Input f16[1,4,2,8]\na = Relu(x)\nb = Exp(a)\nreturn b\n");
  SliceRegions regions;
  CHECK(
      slice_regions(test.run, test.range, mini_chip(), {1, 1, 1, 2, 1}, {0, 0, 0, 1, 0}, regions));
  CHECK_FALSE(
      slice_regions(test.run, test.range, mini_chip(), {1, 1, 1, 4, 1}, {0, 0, 0, 3, 0}, regions));
}

}  // namespace
}  // namespace tpuscope::test
