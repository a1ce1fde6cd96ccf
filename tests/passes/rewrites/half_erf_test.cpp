// half_erf: error functions between Casts are computed in 16 bits.

#include "passes/rewrites/half_erf.h"

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("BM1688 computes error functions in 16 bits, BM1684X does not, BM1684 has none") {
  CHECK(has_half_erf(*load_chip("bm1688")));
  CHECK_FALSE(has_half_erf(*load_chip("bm1684x")));
  CHECK_FALSE(has_half_erf(*load_chip("bm1684")));
}

TEST_CASE("functions between Casts lose them") {
  check_rewrite("half_erf", R"(
    x = Input f16[4]
    up = Cast(x) to="f32"
    g = HardSigmoid(up)
    down = Cast(g) to="f16"
    y = Neg(down)
  )",
                R"(
    x = Input f16[4]
    g_1 = HardSigmoid(x)
    y = Neg(g_1)
    return y
  )");
}

TEST_CASE("what reads f32 keeps a Cast, of what is now rounded to 16 bits") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[4]
    up = Cast(x) to="f32"
    g = Erf(up)
    z = Neg(g)
  )");
  CHECK(to_text(testing::after_pass("half_erf", graph), {.locations = false}) == testing::lines(R"(
    x = Input f16[4]
    g_1 = Erf(x)
    g = Cast(g_1) to="f32"
    z = Neg(g)
    return z
  )"));
}

TEST_CASE("other functions, other types and the approximation by tanh stay") {
  check_unchanged("half_erf", R"(
    x = Input f16[4]
    up = Cast(x) to="f32"
    g = Sigmoid(up)
    down = Cast(g) to="f16"
  )");
  check_unchanged("half_erf", R"(
    x = Input i32[4]
    up = Cast(x) to="f32"
    g = Erf(up)
  )");
  check_unchanged("half_erf", R"(
    x = Input f16[4]
    up = Cast(x) to="f32"
    g = Gelu(up) approximate="tanh"
    down = Cast(g) to="f16"
  )");
}

}  // namespace
}  // namespace tpuscope
