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

TEST_CASE("of an input that several ops read in parts each byte counts once") {
  // Columns 0 to 4 and 3 to 5 of 8: six, in f16, for each of 4 rows; as many results twice.
  CHECK(bounds(R"(
    x = Input f16[4,8]
    a = Slice(x) starts=[0,0] extents=[4,5]
    b = Slice(x) starts=[0,3] extents=[4,3]
    y = Relu(a)
    z = Relu(b)
  )")
            .ddr_bytes == 2 * (4 * 6 + 4 * 5 + 4 * 3));
  // The same columns twice.
  CHECK(bounds(R"(
    x = Input f16[4,8]
    a = Slice(x) starts=[0,0] extents=[4,5]
    y = Relu(a)
    z = Tanh(a)
  )")
            .ddr_bytes == 2 * (4 * 5 + 4 * 5 + 4 * 5));
}

TEST_CASE("what later ops crop away is not needed, nor are its products") {
  const Bounds cropped = bounds(R"(
    x = Input f16[4,8]
    w = Weight f16[8,6]
    y = MatMul(x, w)
    z = Slice(y) starts=[3,0] extents=[1,6]
    r = Relu(z)
  )");
  CHECK(cropped.ddr_bytes == 2 * (8 + 8 * 6 + 6));
  CHECK(cropped.macs == 8 * 6);
}

TEST_CASE("taps of a 3-D convolution on planes of padding multiply nothing that is needed") {
  // Of 4 planes the outermost read 2 of the 3 that the kernel spans.
  const std::string padded = R"(
    x = Input f16[1,2,4,3,3]
    w = Weight f16[5,2,3,1,1]
    y = Conv(x, w) pads=[1,0,0,1,0,0]
  )";
  CHECK(bounds(padded).macs == (2 + 3 + 3 + 2) * (5 * 3 * 3) * 2);
  // A plane among others takes no fewer than one at the border.
  CHECK(bounds(padded + R"(
    z = Slice(y) starts=[0,0,1,0,0] extents=[1,5,1,3,3]
    r = Relu(z)
  )")
            .macs == 2 * (5 * 3 * 3) * 2);
  // Planes 0 of 5, then 2 and 3: the last is not read, and the padding is in front.
  CHECK(bounds(R"(
    x = Input f16[1,1,5,1,1]
    w = Weight f16[1,1,2,1,1]
    y = Conv(x, w) strides=[3,1,1] pads=[1,0,0,0,0,0]
  )")
            .macs == 1 + 2);
  // Planes of padding alone.
  CHECK(bounds(R"(
    x = Input f16[1,1,2,1,1]
    w = Weight f16[1,1,1,1,1]
    y = Conv(x, w) pads=[1,0,0,1,0,0]
  )")
            .macs == 2);
}

TEST_CASE("rows between the windows of a convolution are not needed") {
  // A stride of 2 with a kernel of 1: every second of 8 rows and columns.
  CHECK(bounds(R"(
    x = Input f16[1,1,8,8]
    w = Weight f16[2,1,1,1]
    c = Cast(x) to="f16"
    y = Conv(c, w) strides=[2,2]
  )")
            .ddr_bytes == 2 * (4 * 4 + 2 + 2 * 4 * 4));
  // Windows of 3 that touch need all that they reach: 7 of 8.
  CHECK(bounds(R"(
    x = Input f16[1,1,8,8]
    w = Weight f16[2,1,3,3]
    y = Conv(x, w) strides=[2,2]
  )")
            .ddr_bytes == 2 * (7 * 7 + 2 * 9 + 2 * 3 * 3));
  // With a gap of 1 between windows of 2: 2, 2 and 2 of 8.
  CHECK(bounds(R"(
    x = Input f16[1,1,8,8]
    w = Weight f16[2,1,2,2]
    y = Conv(x, w) strides=[3,3]
  )")
            .ddr_bytes == 2 * (6 * 6 + 2 * 4 + 2 * 3 * 3));
}

TEST_CASE("nearest neighbours at half the size need a quarter of the pixels") {
  CHECK(bounds(R"(
    x = Input f16[1,1,8,8]
    y = Resize(x) sizes=[1,1,4,4] scales=[1.0,1.0,0.5,0.5] coordinates="asymmetric"
  )")
            .ddr_bytes == 2 * (4 * 4 + 4 * 4));
}

TEST_CASE("outputs that share memory are written once") {
  CHECK(bounds("x = Input f16[4,8]\n a = Relu(x)\n return a, b=a").ddr_bytes == 2 * (32 + 32));
  // A view, and rows 1 and 2 of 4, which lie in the whole.
  CHECK(bounds(R"(
    x = Input f16[4,8]
    a = Relu(x)
    b = Reshape(a) shape=[32]
    c = Slice(a) starts=[1,0] extents=[2,8]
    return a, b, c
  )")
            .ddr_bytes == 2 * (32 + 32));
  // Rows 0 and 1, and 1 and 2: three rows.
  CHECK(bounds(R"(
    x = Input f16[4,8]
    a = Relu(x)
    b = Slice(a) starts=[0,0] extents=[2,8]
    c = Slice(a) starts=[1,0] extents=[2,8]
    return b, c
  )")
            .ddr_bytes == 2 * (24 + 24));
}

TEST_CASE("what is repeated or mirrored is read once") {
  CHECK(bounds("x = Input f16[1,8]\n y = Expand(x) shape=[4,8]").ddr_bytes == 2 * (8 + 32));
  CHECK(bounds("x = Input f16[4,8]\n y = Slice(x) starts=[3,0] extents=[4,8] steps=[-1,1]")
            .ddr_bytes == 2 * (32 + 32));
  CHECK(bounds("x = Input f16[4,8]\n y = Pad(x) pads=[1,0,0,0] mode=\"edge\"").ddr_bytes ==
        2 * (32 + 40));
}
