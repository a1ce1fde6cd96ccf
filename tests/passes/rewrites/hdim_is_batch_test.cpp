// hdim_is_batch: which batched products take in the permutes of their operands.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("both permutes go and one is left on the result") {
  check_rewrite("hdim_is_batch", R"(
    q = Input f16[4,5,3,2]
    k = Input f16[4,6,3,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
    y = Relu(s)
  )",
                R"(
    q = Input f16[4,5,3,2]
    k = Input f16[4,6,3,2]
    s_1 = MatMul(q, k) right_transpose=true hdim_is_batch=true
    s = Permute(s_1) order=[0,2,1,3]
    y = Relu(s)
    return y
  )");
}

TEST_CASE("heads in front of a batch of one, as CLIP has them, are rank 4 with a unit axis") {
  check_rewrite("hdim_is_batch", R"(
    q = Input f16[5,3,2]
    k = Input f16[6,3,2]
    p = Permute(q) order=[1,0,2]
    t = Permute(k) order=[1,2,0]
    s = MatMul(p, t)
    y = Relu(s)
  )",
                R"(
    q = Input f16[5,3,2]
    k = Input f16[6,3,2]
    s_1 = Reshape(q) shape=[1,5,3,2]
    s_2 = Reshape(k) shape=[1,6,3,2]
    s_3 = MatMul(s_1, s_2) right_transpose=true hdim_is_batch=true
    s_4 = Reshape(s_3) shape=[5,3,6]
    s = Permute(s_4) order=[1,0,2]
    y = Relu(s)
    return y
  )");
}

TEST_CASE("a constant operand is permuted at compile time") {
  check_rewrite("hdim_is_batch", R"(
    q = Input f16[1,2,2,1]
    p = Permute(q) order=[0,2,1,3]
    w = Weight f16[1,2,1,2] {1, 2, 3, 4}
    s = MatMul(p, w)
    y = Relu(s)
  )",
                R"(
    q = Input f16[1,2,2,1]
    w_1 = Weight f16[1,1,2,2] {1, 2, 3, 4}
    s_1 = MatMul(q, w_1) hdim_is_batch=true
    s = Permute(s_1) order=[0,2,1,3]
    y = Relu(s)
    return y
  )");
}

TEST_CASE("f32 products have no such form") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f32[4,5,3,2]
    k = Input f32[4,6,3,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
  )");
}

TEST_CASE("not when one operand comes from elsewhere") {
  check_unchanged("hdim_is_batch", R"(
    p = Input f16[4,3,5,2]
    k = Input f16[4,6,3,2]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
  )");
}

TEST_CASE("not when a permute has other users and would stay") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f16[4,5,3,2]
    k = Input f16[4,6,3,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
    z = Neg(p)
  )");
}

TEST_CASE("not when a permute moves the batch itself") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f16[3,4,5,2]
    k = Input f16[4,6,3,2]
    p = Permute(q) order=[1,0,2,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
  )");
}

TEST_CASE("an operand that all images share is read for each of them") {
  check_rewrite("hdim_is_batch", R"(
    q = Input f16[4,5,3,2]
    k = Input f16[1,6,3,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
    y = Relu(s)
  )",
                R"(
    q = Input f16[4,5,3,2]
    k = Input f16[1,6,3,2]
    s_1 = MatMul(q, k) right_transpose=true hdim_is_batch=true
    s = Permute(s_1) order=[0,2,1,3]
    y = Relu(s)
    return y
  )");
}

TEST_CASE("not when heads are broadcast") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f16[4,5,3,2]
    k = Input f16[4,6,1,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[0,2,3,1]
    s = MatMul(p, t)
  )");
}

TEST_CASE("not when the operands have different ranks") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f16[4,5,3,2]
    k = Input f16[6,3,2]
    p = Permute(q) order=[0,2,1,3]
    t = Permute(k) order=[1,2,0]
    s = MatMul(p, t)
  )");
}

TEST_CASE("not for a product of two constants, which has no permute to take in") {
  check_unchanged("hdim_is_batch", R"(
    a = Weight f16[1,2,1,2] {1, 2, 3, 4}
    b = Weight f16[1,2,2,1] {1, 2, 3, 4}
    s = MatMul(a, b)
  )");
}

TEST_CASE("not when a transposed left would meet a straight right operand") {
  check_unchanged("hdim_is_batch", R"(
    q = Input f16[4,2,3,5]
    k = Input f16[4,2,3,6]
    p = Permute(q) order=[0,2,3,1]
    t = Permute(k) order=[0,2,1,3]
    s = MatMul(p, t)
  )");
}

}  // namespace
}  // namespace tpuscope
