// sink_permute: what a permute is carried past on its way to a product, and what stops it.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("past scale, bias and softmax to the product; the bias is permuted at compile time") {
  check_rewrite("sink_permute", R"(
    x = Input f32[1,2,3,2]
    v = Input f32[1,3,2,4]
    c = Weight f32[] {0.5}
    bias = Weight f32[1,3,2,1] {1, 2, 3, 4, 5, 6}
    p = Permute(x) order=[0,2,1,3]
    a = Mul(p, c)
    b = Add(a, bias)
    s = Softmax(b) axis=3
    y = MatMul(s, v)
  )",
                R"(
    x = Input f32[1,2,3,2]
    v = Input f32[1,3,2,4]
    c = Weight f32[] {0.5}
    a_1 = Mul(x, c)
    bias_1 = Weight f32[1,2,3,1] {1, 3, 5, 2, 4, 6}
    b_1 = Add(a_1, bias_1)
    s_1 = Softmax(b_1) axis=3
    s = Permute(s_1) order=[0,2,1,3]
    y = MatMul(s, v)
    return y
  )");
}

TEST_CASE("a softmax over a moved axis works on the axis where it was") {
  check_rewrite("sink_permute", R"(
    x = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    s = Softmax(p) axis=2
    y = Permute(s) order=[1,0,2]
  )",
                R"(
    x = Input f32[2,3,4]
    s_1 = Softmax(x) axis=1
    s = Permute(s_1) order=[0,2,1]
    y = Permute(s) order=[1,0,2]
    return y
  )");
}

TEST_CASE("past an Add whose operands carry the same permute") {
  check_rewrite("sink_permute", R"(
    x = Input f32[2,3,4]
    z = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    q = Permute(z) order=[0,2,1]
    a = Add(p, q)
    y = Permute(a) order=[0,2,1]
  )",
                R"(
    x = Input f32[2,3,4]
    z = Input f32[2,3,4]
    a_1 = Add(x, z)
    a = Permute(a_1) order=[0,2,1]
    y = Permute(a) order=[0,2,1]
    return y
  )");
}

TEST_CASE("a computed mask whose moved axes are 1 follows by a reshape") {
  check_rewrite("sink_permute", R"(
    x = Input f32[2,3,4,5]
    m = Input f32[2,1,1,5]
    n = Neg(m)
    p = Permute(x) order=[0,2,1,3]
    a = Add(p, n)
    y = Permute(a) order=[0,2,1,3]
  )",
                R"(
    x = Input f32[2,3,4,5]
    m = Input f32[2,1,1,5]
    n = Neg(m)
    a_1 = Add(x, n)
    a = Permute(a_1) order=[0,2,1,3]
    y = Permute(a) order=[0,2,1,3]
    return y
  )");
}

TEST_CASE("past the reshapes around the mask of shifted windows") {
  check_rewrite("sink_permute", R"(
    x = Input f32[4,5,3,5]
    mask = Weight f32[1,2,1,1,5] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
    p = Permute(x) order=[0,2,1,3]
    r = Reshape(p) shape=[2,2,3,5,5]
    a = Add(r, mask)
    b = Reshape(a) shape=[4,3,5,5]
    y = Permute(b) order=[0,2,1,3]
  )",
                R"(
    x = Input f32[4,5,3,5]
    r_1 = Reshape(x) shape=[2,2,5,3,5]
    mask_1 = Weight f32[1,2,1,1,5] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
    a_1 = Add(r_1, mask_1)
    b_1 = Reshape(a_1) shape=[4,5,3,5]
    b = Permute(b_1) order=[0,2,1,3]
    y = Permute(b) order=[0,2,1,3]
    return y
  )");
}

TEST_CASE("two permutes that an Add joins are one behind it, and behind the scale that follows") {
  check_rewrite("sink_permute", R"(
    x = Input f32[2,3,4,5]
    z = Input f32[2,3,4,5]
    c = Input bool[2,4,3,5]
    s = Weight f32[] {0.5}
    p = Permute(x) order=[0,2,1,3]
    q = Permute(z) order=[0,2,1,3]
    a = Add(p, q)
    m = Mul(a, s)
    y = Where(c, s, m)
  )",
                R"(
    x = Input f32[2,3,4,5]
    z = Input f32[2,3,4,5]
    c = Input bool[2,4,3,5]
    s = Weight f32[] {0.5}
    a_1 = Add(x, z)
    m_1 = Mul(a_1, s)
    m = Permute(m_1) order=[0,2,1,3]
    y = Where(c, s, m)
    return y
  )");
}

TEST_CASE("a permute by itself does not pass a scale without a gain") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4,5]
    c = Input bool[2,4,3,5]
    s = Weight f32[] {0.5}
    p = Permute(x) order=[0,2,1,3]
    m = Mul(p, s)
    y = Where(c, s, m)
  )");
}

TEST_CASE("does not pass a Where, whatever its condition is") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4,5]
    c = Input bool[2,1,1,5]
    s = Weight f32[] {0}
    p = Permute(x) order=[0,2,1,3]
    a = Where(c, s, p)
    y = Permute(a) order=[0,2,1,3]
  )");
}

TEST_CASE("stays where nothing would be gained at the end of the way") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    a = Relu(p)
    y = Neg(a)
  )");
}

TEST_CASE("stays when it has several users") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    a = Relu(p)
    y = Permute(a) order=[0,2,1]
    z = Neg(p)
  )");
}

TEST_CASE("does not pass an op whose other operand would need a permute of its own") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    m = Input f32[2,4,3]
    p = Permute(x) order=[0,2,1]
    a = Add(p, m)
    y = Permute(a) order=[0,2,1]
  )");
}

TEST_CASE("does not pass an op that broadcasts the permuted tensor") {
  check_unchanged("sink_permute", R"(
    x = Input f32[1,3,4]
    m = Weight f32[2,1,1] {1, 2}
    p = Permute(x) order=[0,2,1]
    a = Add(p, m)
    y = Permute(a) order=[0,2,1]
  )");
}

TEST_CASE("does not pass a reduction, which names its axes otherwise") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    a = Reduce(p) mode="sum" axes=[2]
    y = Permute(a) order=[1,0,2]
  )");
}

TEST_CASE("does not pass a norm over several axes at once") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    p = Permute(x) order=[0,2,1]
    a = LayerNorm(p) axis=1
    y = Permute(a) order=[0,2,1]
  )");
}

TEST_CASE("does not pass a convolution, whose axes have their own meanings") {
  check_unchanged("sink_permute", R"(
    x = Input f32[1,4,4,2]
    w = Weight f32[1,2,1,1] {1, 2}
    p = Permute(x) order=[0,3,1,2]
    a = Conv(p, w)
    y = Permute(a) order=[0,2,3,1]
  )");
}

TEST_CASE("does not pass a norm whose weights lie along a moved axis") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4]
    g = Weight f32[3] {1, 2, 3}
    p = Permute(x) order=[0,2,1]
    a = LayerNorm(p, g) axis=2
    y = Permute(a) order=[0,2,1]
  )");
}

TEST_CASE("does not pass a reshape that merges what the permute brought together") {
  check_unchanged("sink_permute", R"(
    x = Input f32[2,3,4,5]
    p = Permute(x) order=[0,2,1,3]
    r = Reshape(p) shape=[2,12,5]
    y = Permute(r) order=[0,2,1]
  )");
}

}  // namespace
}  // namespace tpuscope
