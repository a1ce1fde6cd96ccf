// Conv: values, shapes, work, halos and the import of pads.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

const char* const kImage = R"(
  x = Input f32[1,3,8,8]
  w = Weight f32[4,3,3,3]
  y = Conv(x, w) pads=[1,1,1,1])";

TEST_CASE("a convolution sums products over the kernel and adds the bias") {
  // The window's diagonal: 1*1 + 4*2 = 9, 2*1 + 5*2 = 12, and so on, each with a bias of 0.5.
  CHECK(values_of(R"(
    x = Weight f32[1,1,2,3] {1, 2, 3, 4, 5, 6}
    w = Weight f32[1,1,2,2] {1, 0, 0, 2}
    b = Weight f32[1] {0.5}
    y = Conv(x, w, b))") == std::vector<double>{1 + 2 * 5 + 0.5, 2 + 2 * 6 + 0.5});
}

TEST_CASE("padding adds zeros around the input") {
  CHECK(values_of(R"(
    x = Weight f32[1,1,3] {1, 2, 3}
    w = Weight f32[1,1,3] {1, 1, 1}
    y = Conv(x, w) pads=[1,1])") == std::vector<double>{0 + 1 + 2, 1 + 2 + 3, 2 + 3 + 0});
}

TEST_CASE("groups see their own channels only") {
  CHECK(values_of(R"(
    x = Weight f32[1,2,1] {3, 5}
    w = Weight f32[2,1,1] {10, 100}
    y = Conv(x, w) group=2)") == std::vector<double>{30, 500});
}

TEST_CASE("strides, dilations and pads set the result's extents") {
  CHECK(shape_of(kImage) == Shape{1, 4, 8, 8});
  CHECK(shape_of("x = Input f32[1,3,8,8]\nw = Weight f32[4,3,3,3]\n"
                 "y = Conv(x, w) strides=[2,1] dilations=[1,2]") ==
        Shape{1, 4, (8 - 3) / 2 + 1, 8 - 5 + 1});
  CHECK(shape_of("x = Input f32[1,2,4,6,8]\nw = Weight f32[3,2,1,2,3]\ny = Conv(x, w)") ==
        Shape{1, 3, 4, 5, 6});
}

TEST_CASE("channels that do not match the weight are an error with both numbers") {
  CHECK(error_of("x = Input f32[1,5,8,8]\nw = Weight f32[4,3,3,3]\ny = Conv(x, w)") ==
        "input has 5 channels, 1 groups of 3 are needed");
  CHECK(error_of("x = Input f32[1,3,8,8]\nw = Weight f32[4,3,9,9]\ny = Conv(x, w)") ==
        "a window of 9 elements does not fit in 8 with padding");
  CHECK(error_of("x = Input f32[1,3,8,8]\nw = Weight f32[4,3,3,3]\ny = Conv(x, w) strides=[0,1]") ==
        "strides has the entry 0, allowed are 1 to 2^30");
}

TEST_CASE("every result element counts all taps of all its input channels") {
  CHECK(macs_of(kImage) == 1 * 4 * 8 * 8 * 3 * 3 * 3);
  CHECK(macs_of("x = Input f32[2,6,8,8]\nw = Weight f32[4,3,1,1]\ny = Conv(x, w) group=2") ==
        2 * 4 * 8 * 8 * 3);
}

TEST_CASE("a depthwise convolution is vector work that still counts as MACs") {
  const char* const text =
      "x = Input f32[1,6,8,8]\nw = Weight f32[6,1,3,3]\ny = Conv(x, w) group=6 pads=[1,1,1,1]";
  CHECK(units_of(text) == std::vector{WorkUnit::kDepthwise});
  CHECK(macs_of(text) == 6 * 8 * 8 * 9);
}

TEST_CASE("a tile needs its halo, and no padding") {
  CHECK(region_of(kImage, 0, {{0, 1}, {0, 4}, {2, 4}, {0, 8}}) ==
        Region{{0, 1}, {0, 3}, {2 - 1, 4 + 1}, {0, 8}});
  SUBCASE("strides spread it") {
    const char* const text =
        "x = Input f32[1,3,9,9]\nw = Weight f32[4,3,3,3]\ny = Conv(x, w) strides=[2,2]";
    CHECK(region_of(text, 0, {{0, 1}, {0, 4}, {1, 3}, {0, 4}})[2] == Range{2, 2 * 2 + 3});
  }
  SUBCASE("weights follow the result's channels") {
    CHECK(region_of(kImage, 1, {{0, 1}, {1, 3}, {0, 8}, {0, 8}}) ==
          Region{{1, 3}, {0, 3}, {0, 3}, {0, 3}});
  }
  SUBCASE("a depthwise tile needs its own channels") {
    const char* const text =
        "x = Input f32[1,6,8,8]\nw = Weight f32[6,1,1,1]\ny = Conv(x, w) group=6";
    CHECK(region_of(text, 0, {{0, 1}, {2, 4}, {0, 8}, {0, 8}})[1] == Range{2, 4});
  }
}

TEST_CASE("channels of a grouped convolution stay together, those of others may be cut") {
  CHECK(cuts_of(kImage) == std::vector<bool>{true, true, true, true});
  CHECK(cuts_of("x = Input f32[1,4,8,8]\nw = Weight f32[4,2,1,1]\ny = Conv(x, w) group=2") ==
        std::vector<bool>{true, false, true, true});
}

TEST_CASE("auto_pad is resolved at import") {
  const char* const sources = "x = Input f32[1,3,8,8]\nw = Weight f32[4,3,3,3]";
  const Attributes same{{"auto_pad", std::string("SAME_UPPER")}, {"strides", IntList{2, 2}}};
  CHECK(imported(sources, "Conv", 11, same) == "Conv -> f32[1,4,4,4]");
  CHECK(imported(sources, "Conv", 11, {{"auto_pad", std::string("VALID")}}) ==
        "Conv -> f32[1,4,6,6]");
  CHECK(imported(sources, "Conv", 11, {{"auto_pad", std::string("SAME")}}) ==
        "auto_pad is \"SAME\"");
}

}  // namespace
}  // namespace tpuscope::testing
