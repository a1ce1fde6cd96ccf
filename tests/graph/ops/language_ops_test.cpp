// A16MatMul, Rope, GroupedAttention: values by hand, and shapes that are refused.

#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope::test {
namespace {

using testing::graph_of;

std::vector<double> values_of(std::string_view text, const std::vector<HostTensor>& inputs) {
  const auto results = evaluate(graph_of(text), inputs);
  if (!results.ok()) FAIL(results.error().message);
  return results->front().values;
}

HostTensor tensor(Shape shape, std::vector<double> values) {
  return {.type = {DType::kF32, std::move(shape)}, .values = std::move(values)};
}

TEST_CASE("weights of 4 bits lie two per byte, less their zero point, times their scale") {
  // 0x21 holds 1 and 2, 0x43 holds 3 and 4; the groups are of two.
  const std::vector<double> y = values_of(
      "x = Input f32[1,4]\nw = Weight u8[1,2] {33, 67}\ns = Weight f32[1,2] {0.5, 2.0}\n"
      "z = Weight u8[1,2] {1, 2}\ny = A16MatMul(x, w, s, z) bits=4 group=2",
      {tensor({1, 4}, {1, 10, 100, 1000})});
  CHECK(y == std::vector<double>{(1 - 1) * 0.5 * 1 + (2 - 1) * 0.5 * 10 + (3 - 2) * 2.0 * 100 +
                                 (4 - 2) * 2.0 * 1000});
}

TEST_CASE("weights of 8 and 16 bits, with a bias") {
  CHECK(values_of("x = Input f32[1,2]\nw = Weight u8[1,2] {7, 9}\ns = Weight f32[1,1] {0.5}\n"
                  "z = Weight u8[1,1] {5}\nb = Weight f32[1] {3.0}\n"
                  "y = A16MatMul(x, w, s, z, b) bits=8 group=2",
                  {tensor({1, 2}, {1, 10})}) ==
        std::vector<double>{(7 - 5) * 0.5 * 1 + (9 - 5) * 0.5 * 10 + 3});
  CHECK(values_of("x = Input f32[1,2]\nw = Weight f32[2,2] {1.0, 2.0, 3.0, 4.0}\n"
                  "y = A16MatMul(x, w) bits=16",
                  {tensor({1, 2}, {1, 10})}) == std::vector<double>{21, 43});
}

TEST_CASE("a pair of a row is turned by its angle") {
  // cos 0, sin 1: a quarter turn takes (a, b) to (-b, a).
  CHECK(values_of("x = Input f32[1,1,1,4]\nc = Weight f32[1,1,1,4] {0.0, 0.0, 1.0, 0.0}\n"
                  "s = Weight f32[1,1,1,4] {1.0, 1.0, 0.0, 1.0}\ny = Rope(x, c, s)",
                  {tensor({1, 1, 1, 4}, {1, 2, 3, 4})}) == std::vector<double>{-3, -4, 3, 2});
}

TEST_CASE("query heads share a key head, and the cache comes before the new token") {
  // Scores of 0 everywhere: the mean of the two values.
  const std::vector<double> y = values_of(
      "q = Input f32[1,1,2,1]\nk = Input f32[1,1,1,1]\nv = Input f32[1,1,1,1]\n"
      "m = Input f32[1,1,1,2]\na = Input f32[1,1,1,1]\nb = Input f32[1,1,1,1]\n"
      "y = GroupedAttention(q, k, v, m, a, b)",
      {tensor({1, 1, 2, 1}, {0, 1}), tensor({1, 1, 1, 1}, {0}), tensor({1, 1, 1, 1}, {6}),
       tensor({1, 1, 1, 2}, {0, 0}), tensor({1, 1, 1, 1}, {std::log(3.0)}),
       tensor({1, 1, 1, 1}, {2})});
  CHECK(y[0] == doctest::Approx((2.0 + 6.0) / 2));
  // The second head's score of the cached key is log 3: weights 3/4 and 1/4.
  CHECK(y[1] == doctest::Approx(2.0 * 3 / 4 + 6.0 / 4));
}

TEST_CASE("operands that do not fit are refused") {
  for (const char* text :
       {"x = Input f32[1,4]\nw = Weight u8[1,2]\ns = Weight f32[1,2]\nz = Weight u8[1,2]\n"
        "y = A16MatMul(x, w, s, z) bits=4 group=3",
        "x = Input f32[1,4]\nw = Weight u8[1,4]\ns = Weight f32[1,2]\nz = Weight u8[1,2]\n"
        "y = A16MatMul(x, w, s, z) bits=4 group=2",
        "x = Input f32[1,4]\nw = Weight u8[1,2]\ny = A16MatMul(x, w) bits=4 group=2",
        "x = Input f32[1,4]\nw = Weight u8[1,2]\ny = A16MatMul(x, w) bits=5",
        "x = Input f32[1,1,1,3]\nc = Input f32[1,1,1,3]\ny = Rope(x, c, c)",
        "x = Input f32[1,2,1,4]\nc = Input f32[1,1,1,4]\ny = Rope(x, c, c)",
        "q = Input f32[1,1,3,4]\nk = Input f32[1,1,2,4]\nm = Input f32[1,1,1,1]\n"
        "y = GroupedAttention(q, k, k, m)",
        "q = Input f32[1,1,2,4]\nk = Input f32[1,1,2,4]\nm = Input f32[1,1,1,2]\n"
        "y = GroupedAttention(q, k, k, m)"}) {
    CAPTURE(text);
    CHECK(!parse_graph(text).ok());
  }
}

}  // namespace
}  // namespace tpuscope::test
