// Biases and BatchNorms that move in the product before them.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::check_idiom;
using testing::check_no_idiom;

TEST_CASE("the Add of one constant per column is the bias of a MatMul") {
  check_idiom("bias_add", R"(
      x = Input f32[2,3]
      w = Weight f32[3,2] {1, 2, 3, 4, 5, 6}
      b = Weight f32[2] {1, -1}
      m = MatMul(x, w)
      y = Add(b, m))",
              R"(
      x = Input f32[2,3]
      w = Weight f32[3,2] {1, 2, 3, 4, 5, 6}
      b = Weight f32[2] {1, -1}
      y = MatMul(x, w, b)
      return y)");
}

TEST_CASE("the Add of one constant per channel is the bias of a Conv") {
  check_idiom("bias_add", R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      b = Weight f32[1,2,1,1] {3, 4}
      c = Conv(x, w)
      y = Add(c, b))",
              R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      b_1 = Weight f32[2] {3, 4}
      y = Conv(x, w, b_1)
      return y)");
}

TEST_CASE("biases need no values") {
  check_idiom("bias_add", R"(
      x = Input f32[2,3]
      w = Weight f32[3,2]
      b = Weight f32[2]
      m = MatMul(x, w)
      y = Add(m, b))",
              R"(
      x = Input f32[2,3]
      w = Weight f32[3,2]
      b = Weight f32[2]
      y = MatMul(x, w, b)
      return y)",
              false);
}

TEST_CASE("a constant per row is no bias") {
  check_no_idiom("bias_add", R"(
      x = Input f32[2,3]
      w = Weight f32[3,2] {1, 2, 3, 4, 5, 6}
      b = Weight f32[2,1] {1, -1}
      m = MatMul(x, w)
      y = Add(m, b))");
}

TEST_CASE("a product of two activations takes no bias") {
  check_no_idiom("bias_add", R"(
      x = Input f32[2,3]
      z = Input f32[3,2]
      b = Weight f32[2] {1, -1}
      m = MatMul(x, z)
      y = Add(m, b))");
}

TEST_CASE("a product that something else reads keeps its Add") {
  check_no_idiom("bias_add", R"(
      x = Input f32[2,3]
      w = Weight f32[3,2] {1, 2, 3, 4, 5, 6}
      b = Weight f32[2] {1, -1}
      m = MatMul(x, w)
      y = Add(m, b)
      return y, m)");
}

TEST_CASE("a BatchNorm folds in the weight and a new bias of its Conv") {
  // scale / sqrt(variance + 1) is 4 / 2 = 2 and 9 / 3 = 3; bias - mean * factor is 1 - 1 * 2 and 2
  // - 0 * 3.
  check_idiom("batch_norm", R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      s = Weight f32[2] {4, 9}
      b = Weight f32[2] {1, 2}
      m = Weight f32[2] {1, 0}
      v = Weight f32[2] {3, 8}
      c = Conv(x, w)
      y = BatchNorm(c, s, b, m, v) epsilon=1.0)",
              R"(
      x = Input f32[1,1,2,2]
      w_1 = Weight f32[2,1,1,1] {2, 6}
      v_1 = Weight f32[2] {-1, 2}
      y = Conv(x, w_1, v_1)
      return y)");
}

TEST_CASE("a factor and an addend per channel fold in a Conv with a bias") {
  check_idiom("batch_norm", R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      b = Weight f32[2] {1, 1}
      k = Weight f32[2,1,1] {5, 7}
      t = Weight f32[2,1,1] {10, 20}
      c = Conv(x, w, b)
      m = Mul(c, k)
      y = Add(m, t))",
              R"(
      x = Input f32[1,1,2,2]
      w_1 = Weight f32[2,1,1,1] {5, 14}
      b_1_1 = Weight f32[2] {15, 27}
      y = Conv(x, w_1, b_1_1)
      return y)");
}

TEST_CASE("Caffe's scale layer folds in the BatchNorm before it") {
  check_idiom("batch_norm", R"(
      x = Input f32[1,2,2]
      s = Weight f32[2] {4, 9}
      b = Weight f32[2] {1, 2}
      m = Weight f32[2] {1, 0}
      v = Weight f32[2] {3, 8}
      k = Weight f32[2,1] {5, 7}
      n = BatchNorm(x, s, b, m, v) epsilon=1.0
      y = Mul(k, n))",
              R"(
      x = Input f32[1,2,2]
      m = Weight f32[2] {1, 0}
      v = Weight f32[2] {3, 8}
      s_1 = Weight f32[2] {20, 63}
      b_1 = Weight f32[2] {5, 14}
      y = BatchNorm(x, s_1, b_1, m, v) epsilon=1.0
      return y)");
}

TEST_CASE("a BatchNorm of a Conv that something else reads stays") {
  check_no_idiom("batch_norm", R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      s = Weight f32[2] {4, 9}
      c = Conv(x, w)
      y = BatchNorm(c, s, s, s, s)
      return y, c)");
}

TEST_CASE("a factor per position does not fold in a Conv") {
  check_no_idiom("batch_norm", R"(
      x = Input f32[1,1,2,2]
      w = Weight f32[2,1,1,1] {1, 2}
      k = Weight f32[2] {5, 7}
      c = Conv(x, w)
      y = Mul(c, k))");
}

}  // namespace
}  // namespace tpuscope
