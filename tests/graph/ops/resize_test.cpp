// Resize: values per mode, halos of tiles, work, and the import of five operator sets.

#include "tests/support/ops.h"

namespace tpuscope::testing {
namespace {

TEST_CASE("nearest repeats elements") {
  CHECK(values_of("x = Weight f32[1,1,2] {1, 2}\ny = Resize(x) sizes=[1,1,4] scales=[1,1,2]") ==
        std::vector<double>{1, 1, 2, 2});
}

TEST_CASE("linear mixes the two neighbours by distance") {
  // Half pixels: points -0.25, 0.25, 0.75, 1.25 between elements 0 and 1.
  CHECK(close(values_of("x = Weight f32[2] {0, 8}\n"
                        "y = Resize(x) sizes=[4] scales=[2] mode=\"linear\""),
              {0, 2, 6, 8}));
  CHECK(close(values_of("x = Weight f32[2] {0, 9}\ny = Resize(x) sizes=[4] scales=[2] "
                        "mode=\"linear\" coordinates=\"align_corners\""),
              {0, 3, 6, 9}));
}

TEST_CASE("cubic weights of a constant add up to 1") {
  CHECK(close(values_of("x = Weight f32[4] {5, 5, 5, 5}\n"
                        "y = Resize(x) sizes=[8] scales=[2] mode=\"cubic\""),
              std::vector<double>(8, 5.0)));
}

TEST_CASE("an antialiased shrink sees every input element, a plain one does not") {
  const std::string source = "x = Weight f32[8] {8, 0, 0, 0, 0, 0, 0, 0}\n";
  const std::string shrink = "y = Resize(x) sizes=[2] scales=[0.25] mode=\"linear\"";
  CHECK(values_of(source + shrink)[0] == 0);
  CHECK(values_of(source + shrink + " antialias=true")[0] > 0);
}

TEST_CASE("points outside a crop take the extrapolation value") {
  CHECK(values_of("x = Weight f32[3] {1, 2, 3}\ny = Resize(x) sizes=[3] scales=[1] roi=[0.5,1.5] "
                  "coordinates=\"tf_crop_and_resize\" mode=\"linear\" extrapolation_value=9.0") ==
        std::vector<double>{2, 3, 9});
}

TEST_CASE("extents and scales must fit the input") {
  CHECK(error_of("x = Input f32[1,2]\ny = Resize(x) sizes=[1,0] scales=[1,0.1]") ==
        "axis 1 goes from 2 to 0 elements with a scale of 0.1");
  CHECK(error_of("x = Input f32[2]\ny = Resize(x) sizes=[4] scales=[2] mode=\"cubik\"") ==
        "mode is \"cubik\"");
}

TEST_CASE("a tile needs the neighbours that its points fall between") {
  const std::string source = "x = Input f32[1,8,4,4]\n";
  const Region tile = {{0, 1}, {0, 8}, {4, 8}, {0, 4}};
  CHECK(region_of(source + "y = Resize(x) sizes=[1,8,8,8] scales=[1,1,2,2]", 0, tile) ==
        Region{{0, 1}, {0, 8}, {2, 4}, {0, 2}});
  CHECK(region_of(source + "y = Resize(x) sizes=[1,8,8,8] scales=[1,1,2,2] mode=\"linear\"", 0,
                  tile) == Region{{0, 1}, {0, 8}, {1, 4}, {0, 3}});
}

TEST_CASE("a result element folds two taps per resized axis") {
  const std::string source = "x = Input f32[1,8,4,4]\n";
  CHECK(work_of(source + "y = Resize(x) sizes=[1,8,8,8] scales=[1,1,2,2]")[0].kernel == 1);
  CHECK(work_of(source + "y = Resize(x) sizes=[1,8,8,8] scales=[1,1,2,2] mode=\"linear\"")[0]
            .kernel == 2 * 2);
}

TEST_CASE("factors or extents come from wherever the operator set has them") {
  const std::string x = "x = Input f32[1,8,4,4]\n";
  const std::string scales = "s = Weight f32[4] {1, 1, 2, 1.5}\n";
  CHECK(imported(x + scales, "Upsample", 9) == "Resize -> f32[1,8,8,6]");
  CHECK(imported(x + scales, "Resize", 10) == "Resize -> f32[1,8,8,6]");
  CHECK(imported(x + "r = Weight f32[0] {}\n" + scales, "Resize", 11) == "Resize -> f32[1,8,8,6]");
  const std::string none = "r = Weight f32[0] {}\ns = Weight f32[0] {}\n";
  CHECK(imported(x + none + "z = Weight i64[4] {1, 8, 2, 3}", "Resize", 13) ==
        "Resize -> f32[1,8,2,3]");
  CHECK(imported(
            x + none + "z = Weight i64[2] {9, 2}", "Resize", 18,
            {{"axes", IntList{2, 3}}, {"keep_aspect_ratio_policy", std::string("not_larger")}}) ==
        "Resize -> f32[1,8,2,2]");
}

}  // namespace
}  // namespace tpuscope::testing
