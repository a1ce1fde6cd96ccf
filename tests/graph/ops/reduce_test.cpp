// Reduce: every mode, axes, work, tiles, and the import of axes.

#include <cmath>

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

std::vector<double> reduced(const std::string& mode) {
  return values_of("x = Weight f32[3] {1, -2, 4}\ny = Reduce(x) mode=\"" + mode + "\"");
}

TEST_CASE("each mode folds a row in its own way") {
  CHECK(reduced("sum") == std::vector<double>{3});
  CHECK(reduced("mean") == std::vector<double>{3 / 3.0});
  CHECK(reduced("max") == std::vector<double>{4});
  CHECK(reduced("min") == std::vector<double>{-2});
  CHECK(reduced("prod") == std::vector<double>{1 * -2 * 4});
  CHECK(reduced("l1") == std::vector<double>{1 + 2 + 4});
  CHECK(close(reduced("l2"), {std::sqrt(1 + 4 + 16.0)}));
  CHECK(reduced("sum_square") == std::vector<double>{1 + 4 + 16});
  CHECK(close(reduced("log_sum"), {std::log(3.0)}));
  CHECK(close(reduced("log_sum_exp"), {std::log(std::exp(1.0) + std::exp(-2.0) + std::exp(4.0))}));
}

TEST_CASE("axes are folded together; keepdims decides whether they stay") {
  const std::string source = "x = Input f32[2,3,4]\n";
  CHECK(shape_of(source + "y = Reduce(x) mode=\"sum\" axes=[0,-1]") == Shape{1, 3, 1});
  CHECK(shape_of(source + "y = Reduce(x) mode=\"sum\" axes=[0,2] keepdims=false") == Shape{3});
  CHECK(values_of("x = Weight f32[2,2] {1, 2, 3, 4}\n"
                  "y = Reduce(x) mode=\"sum\" axes=[0] keepdims=false") ==
        std::vector<double>{1 + 3, 2 + 4});
}

TEST_CASE("an unknown mode or a doubled axis is an error") {
  CHECK(error_of("x = Input f32[2]\ny = Reduce(x) mode=\"sun\"") ==
        "there is no mode \"sun\" of Reduce");
  CHECK(error_of("x = Input f32[2,3]\ny = Reduce(x) mode=\"sum\" axes=[1,-1]") ==
        "axes [1,-1] name axis 1 twice");
}

TEST_CASE("a mean is a fold, in two goes over the last axes and under a window over others") {
  const std::string mean = "x = Input f32[1,64,7,9]\ny = Reduce(x) mode=\"mean\" axes=";
  const Work inner = work_of(mean + "[2,3]");
  REQUIRE(inner.size() == 1);
  CHECK(inner[0].unit == WorkUnit::kReduce);
  CHECK(inner[0].kernel == 7 * 9);
  CHECK(inner[0].elements() == 64);
  const Work outer = work_of(mean + "[2]");
  REQUIRE(outer.size() == 1);
  CHECK(outer[0].unit == WorkUnit::kDepthwise);
  CHECK(outer[0].kernel == 7);
  CHECK(outer[0].elements() == 64 * 9);
}

TEST_CASE("the root of a sum of squares is taken in f32") {
  const std::string norm = "[4,8]\ny = Reduce(x) mode=\"l2\" axes=[1]";
  const auto converted = [](const Work& work) {
    std::int64_t count = 0;
    for (const WorkStep& step : work)
      count += step.unit == WorkUnit::kConvert ? 1 : 0;
    return count;
  };
  CHECK(converted(work_of("x = Input f16" + norm)) == 2);
  CHECK(converted(work_of("x = Input f32" + norm)) == 0);
}

TEST_CASE("a tile needs whole rows, with and without keepdims") {
  const std::string source = "x = Input f32[2,3,4]\n";
  CHECK(region_of(source + "y = Reduce(x) mode=\"sum\" axes=[1] keepdims=false", 0,
                  {{0, 1}, {2, 4}}) == Region{{0, 1}, {0, 3}, {2, 4}});
  CHECK(region_of(source + "y = Reduce(x) mode=\"sum\" axes=[1]", 0, {{0, 1}, {0, 1}, {2, 4}}) ==
        Region{{0, 1}, {0, 3}, {2, 4}});
  CHECK(cuts_of(source + "y = Reduce(x) mode=\"sum\" axes=[1]") ==
        std::vector<bool>{true, false, true});
}

TEST_CASE("axes come from the attribute or the input; none means all, or none on request") {
  CHECK(imported("x = Input f32[2,3]", "ReduceMean", 11, {{"axes", IntList{1}}}) ==
        "Reduce -> f32[2,1]");
  CHECK(imported("x = Input f32[2,3]\na = Weight i64[1] {0}", "ReduceSum", 13) ==
        "Reduce -> f32[1,3]");
  CHECK(imported("x = Input f32[2,3]", "ReduceSum", 13) == "Reduce -> f32[1,1]");
  CHECK(imported("x = Input f32[2,3]", "ReduceSum", 13,
                 {{"noop_with_empty_axes", std::int64_t{1}}}) == " -> f32[2,3]");
}

}  // namespace
}  // namespace tpuscope::testing
