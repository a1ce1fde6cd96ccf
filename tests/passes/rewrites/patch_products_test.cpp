// patch_products: convolutions of large patches that do not overlap become matrix products.

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::after_pass;
using testing::check_same_function;
using testing::check_unchanged;
using testing::graph_of;

/// 2 channels of 28 x 28, with a filter of equal rows and columns.
std::string embedding(std::int64_t kernel, std::int64_t stride, std::string_view rest = "") {
  return fmt::format(
      "x = Input f32[1,2,28,28]\nw = Weight f32[3,2,{0},{0}]\nb = Weight f32[3]\n"
      "y = Conv(x, w, b) strides=[{1},{1}]{2}",
      kernel, stride, rest);
}

TEST_CASE("patches become rows, the filter the right operand, and channels come in front again") {
  const Graph after = after_pass("patch_products", graph_of(embedding(14, 14)));
  CHECK(to_text(after, {.locations = false}) == testing::lines(R"(
    x = Input f32[1,2,28,28]
    b = Weight f32[3]
    y_1 = Reshape(x) shape=[1,2,2,14,2,14]
    y_2 = Permute(y_1) order=[0,2,4,1,3,5]
    y_3 = Reshape(y_2) shape=[1,4,392]
    w_1 = Weight f32[3,392]
    y_4 = MatMul(y_3, w_1, b) right_transpose=true
    y_5 = Permute(y_4) order=[0,2,1]
    y = Reshape(y_5) shape=[1,3,2,2]
    return y
  )"));
}

TEST_CASE("the product computes what the convolution did") {
  // Two patches of 14 x 14 beside each other, whose filter counts from 0.
  std::string values;
  for (int i = 0; i < 14 * 14; ++i)
    values += fmt::format("{}{}", i == 0 ? "" : ", ", i % 7 - 3);
  const Graph before = graph_of("x = Input f32[1,1,14,28]\nw = Weight f32[1,1,14,14] {" + values +
                                "}\ny = Conv(x, w) strides=[14,14]");
  check_same_function(before, after_pass("patch_products", before));
}

TEST_CASE("small, overlapping, padded and grouped kernels stay convolutions") {
  check_unchanged("patch_products", embedding(7, 7));
  check_unchanged("patch_products", embedding(14, 7));
  check_unchanged("patch_products", embedding(14, 14, " pads=[7,7,7,7]"));
  check_unchanged("patch_products", embedding(18, 18));  // leaves a rest of 10
  check_unchanged("patch_products", embedding(14, 14, " relu=true"));
}

}  // namespace
}  // namespace tpuscope
