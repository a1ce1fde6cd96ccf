// split_mlp: an MLP of 16 bits becomes the sum of two halves.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("an MLP whose function is computed in f32 becomes two halves, the larger first") {
  check_rewrite("split_mlp", R"(
    x = Input f16[1,2,1]
    v = Weight f16[1,3] {1, 2, 3}
    b = Weight f16[3] {4, 5, 6}
    m = MatMul(x, v, b)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Weight f16[3,1] {1, 2, 4}
    c = Weight f16[1] {8}
    y = MatMul(down, w, c)
    z = Neg(y)
  )",
                R"(
    x = Input f16[1,2,1]
    v_1 = Weight f16[1,2] {1, 2}
    b_1 = Weight f16[2] {4, 5}
    v_2 = Weight f16[1,1] {3}
    b_2 = Weight f16[1] {6}
    c = Weight f16[1] {8}
    m_1 = MatMul(x, v_1, b_1)
    up_1 = Cast(m_1) to="f32"
    f_1 = Abs(up_1)
    down_1 = Cast(f_1) to="f16"
    w_1 = Weight f16[2,1] {1, 2}
    y_1 = MatMul(down_1, w_1, c)
    m_2 = MatMul(x, v_2, b_2)
    up_2 = Cast(m_2) to="f32"
    f_2 = Abs(up_2)
    down_2 = Cast(f_2) to="f16"
    w_2 = Weight f16[1,1] {4}
    y_2 = MatMul(down_2, w_2)
    y = Add(y_1, y_2)
    z = Neg(y)
    return z
  )");
}

TEST_CASE("an MLP stays whole when its first axis is not 1") {
  check_unchanged("split_mlp", R"(
    x = Input f16[2,2,1]
    v = Weight f16[1,4]
    m = MatMul(x, v)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Weight f16[4,1]
    y = MatMul(down, w)
  )");
}

TEST_CASE("an MLP stays whole when something else reads its operand or what lies between") {
  check_unchanged("split_mlp", R"(
    x = Input f16[1,2,1]
    n = Neg(x)
    v = Weight f16[1,4]
    m = MatMul(n, v)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Weight f16[4,1]
    y = MatMul(down, w)
    z = Add(y, n)
  )");
  check_unchanged("split_mlp", R"(
    x = Input f16[1,2,1]
    v = Weight f16[1,4]
    m = MatMul(x, v)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Weight f16[4,1]
    y = MatMul(down, w)
    z = Neg(down)
  )");
}

TEST_CASE("an MLP stays whole when its function needs no Casts, or its result is clamped") {
  check_unchanged("split_mlp", R"(
    x = Input f16[1,2,1]
    v = Weight f16[1,4]
    m = MatMul(x, v)
    f = Abs(m)
    w = Weight f16[4,1]
    y = MatMul(f, w)
  )");
  check_unchanged("split_mlp", R"(
    x = Input f16[1,2,1]
    v = Weight f16[1,4]
    m = MatMul(x, v)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Weight f16[4,1]
    y = MatMul(down, w) relu=true
  )");
}

TEST_CASE("an MLP with a matrix that is computed stays whole") {
  check_unchanged("split_mlp", R"(
    x = Input f16[1,2,1]
    v = Weight f16[1,4]
    m = MatMul(x, v)
    up = Cast(m) to="f32"
    f = Abs(up)
    down = Cast(f) to="f16"
    w = Input f16[4,1]
    y = MatMul(down, w)
  )");
}

}  // namespace
}  // namespace tpuscope
