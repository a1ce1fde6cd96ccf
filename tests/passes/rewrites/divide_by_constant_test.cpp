// divide_by_constant and channel_constants: which operations with constants become others, and
// which stay.

#include <doctest/doctest.h>

#include "passes/switch_set.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a division by a constant is a product with its reciprocal") {
  check_rewrite("divide_by_constant", R"(
    x = Input f32[2,2]
    c = Weight f32[2] {8, 0.5}
    y = Div(x, c)
  )",
                R"(
    x = Input f32[2,2]
    c_1 = Weight f32[2] {0.125, 2}
    y = Mul(x, c_1)
    return y
  )");
}

TEST_CASE("a divisor whose values nobody knows is one of unknown reciprocals") {
  const Graph graph = testing::graph_of("x = Input f32[2]\nc = Weight f32[2]\ny = Div(x, c)");
  CHECK(to_text(testing::after_pass("divide_by_constant", graph), {.locations = false}) ==
        testing::lines("x = Input f32[2]\nc_1 = Weight f32[2]\ny = Mul(x, c_1)\nreturn y"));
}

TEST_CASE("the divisor's other users keep it") {
  check_rewrite("divide_by_constant", R"(
    x = Input f32[2]
    c = Weight f32[] {4}
    a = Div(x, c)
    y = Add(a, c)
  )",
                R"(
    x = Input f32[2]
    c = Weight f32[] {4}
    c_1 = Weight f32[] {0.25}
    a = Mul(x, c_1)
    y = Add(a, c)
    return y
  )");
}

TEST_CASE("divisions of a constant, by a tensor and of integers stay") {
  check_unchanged("divide_by_constant", "x = Input f32[2]\nc = Weight f32[] {8}\ny = Div(c, x)");
  check_unchanged("divide_by_constant", "x = Input f32[2]\nz = Input f32[2]\ny = Div(x, z)");
  check_unchanged("divide_by_constant", "x = Input i32[2]\nc = Weight i32[] {8}\ny = Div(x, c)");
}

TEST_CASE("a division whose reciprocal the type does not hold stays") {
  check_unchanged("divide_by_constant", "x = Input f32[2]\nc = Weight f32[] {0}\ny = Div(x, c)");
  // 1 / 2^-17 = 131072 is beyond 65504; in f32 it is a number.
  check_unchanged("divide_by_constant",
                  "x = Input f16[2]\nc = Weight f16[] {7.62939453125e-06}\ny = Div(x, c)");
  check_rewrite("divide_by_constant",
                "x = Input f32[2]\nc = Weight f32[] {7.62939453125e-06}\ny = Div(x, c)",
                "x = Input f32[2]\nc_1 = Weight f32[] {131072}\ny = Mul(x, c_1)\nreturn y");
}

TEST_CASE("a constant per channel is a convolution with one tap per channel") {
  check_rewrite("channel_constants", R"(
    x = Input f32[1,2,1,2]
    c = Weight f32[2,1,1] {3, 5}
    y = Mul(x, c)
  )",
                R"(
    x = Input f32[1,2,1,2]
    c_1 = Weight f32[2,1,1,1] {3, 5}
    c_2 = Weight f32[2] {0, 0}
    y = Conv(x, c_1, c_2) group=2
    return y
  )");
  check_rewrite("channel_constants", R"(
    x = Input f32[1,2,1,2]
    c = Weight f32[1,2,1,1] {3, 5}
    y = Sub(x, c)
  )",
                R"(
    x = Input f32[1,2,1,2]
    c_1 = Weight f32[2,1,1,1] {1, 1}
    c_2 = Weight f32[2] {-3, -5}
    y = Conv(x, c_1, c_2) group=2
    return y
  )");
}

TEST_CASE("a BatchNorm by itself is a convolution with one tap per channel") {
  check_rewrite("channel_constants", R"(
    x = Input f32[1,2,1,2]
    s = Weight f32[2] {1, 10}
    b = Weight f32[2] {0, 5}
    m = Weight f32[2] {1, 3}
    v = Weight f32[2] {4, 0.25}
    y = BatchNorm(x, s, b, m, v) epsilon=0.0
  )",
                R"(
    x = Input f32[1,2,1,2]
    v_1 = Weight f32[2,1,1,1] {0.5, 20}
    v_2 = Weight f32[2] {-0.5, -55}
    y = Conv(x, v_1, v_2) group=2
    return y
  )");
}

TEST_CASE("one number, one per column, one channel and rows are no constants per channel") {
  const std::string x = "x = Input f32[1,2,2,2]\n";
  check_unchanged("channel_constants", x + "c = Weight f32[] {2}\ny = Mul(x, c)");
  check_unchanged("channel_constants", x + "c = Weight f32[2] {2, 3}\ny = Mul(x, c)");
  check_unchanged("channel_constants", x + "c = Weight f32[2,1,1] {2, 3}\ny = Div(x, c)");
  check_unchanged("channel_constants", x + "c = Weight f32[2,1,1] {2, 3}\ny = Sub(c, x)");
  check_unchanged("channel_constants",
                  "x = Input f32[1,1,2,2]\nc = Weight f32[1,1,1] {2}\ny = Mul(x, c)");
  check_unchanged("channel_constants",
                  "x = Input f32[1,2,2]\nc = Weight f32[2,1] {2, 3}\ny = Mul(x, c)");
}

TEST_CASE("every preset of the compiler has both") {
  for (const Preset& preset : presets()) {
    CHECK(preset.switches.has("divide_by_constant") == (preset.name != "none"));
    CHECK(preset.switches.has("channel_constants") == (preset.name != "none"));
  }
}

}  // namespace
}  // namespace tpuscope
