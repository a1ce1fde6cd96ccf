// Physical bounds: what must cross the bus and what must be multiplied. That no network beats them
// is a property of all models: tests/properties/schedule_test.cpp.

#include <doctest/doctest.h>

#include "tests/support/simulation.h"

using namespace tpuscope;
using test::mini_chip;

namespace {

Bounds bounds(const std::string& text) {
  const Result<Bounds> result = bounds_of(testing::graph_of(text), mini_chip());
  REQUIRE(result.ok());
  return *result;
}

}  // namespace

TEST_CASE("inputs, weights and outputs cross the bus once") {
  const Bounds result = bounds(R"(
    x = Input f16[4,8]
    w = Weight f16[8,6]
    y = MatMul(x, w)
    z = Relu(y)
  )");
  CHECK(result.ddr_bytes == 2 * (4 * 8 + 8 * 6 + 4 * 6));
  CHECK(result.macs == 4 * 8 * 6);
  CHECK(result.ddr_time.value == result.ddr_bytes * 1000 / 16);  // 16 bytes a nanosecond
  CHECK(result.compute_time.value == 192 * 1000 / 16);           // 16 products a nanosecond
}

TEST_CASE("views of an input move nothing, and a part that is read counts as that part") {
  CHECK(bounds("x = Input f16[4,8]\n y = Reshape(x) shape=[32]").ddr_bytes == 0);
  CHECK(bounds("x = Input f16[4,8]\n y = Slice(x) starts=[0,0] extents=[4,2]").ddr_bytes ==
        2 * (4 * 2 + 4 * 2));
}
