// fuse_right_transpose: which permutes a MatMul's right operand absorbs.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a permute of the last two axes becomes right_transpose") {
  check_rewrite("fuse_right_transpose", R"(
    q = Input f32[2,3,4,5]
    k = Input f32[2,3,6,5]
    t = Permute(k) order=[0,1,3,2]
    y = MatMul(q, t)
  )",
                R"(
    q = Input f32[2,3,4,5]
    k = Input f32[2,3,6,5]
    y = MatMul(q, k) right_transpose=true
    return y
  )");
}

TEST_CASE("a second one takes the flag back") {
  check_rewrite("fuse_right_transpose", R"(
    q = Input f32[2,4,5]
    k = Input f32[2,5,6]
    t = Permute(k) order=[0,2,1]
    y = MatMul(q, t) right_transpose=true
  )",
                R"(
    q = Input f32[2,4,5]
    k = Input f32[2,5,6]
    y = MatMul(q, k)
    return y
  )");
}

TEST_CASE("does not fold a permute that also moves the batch") {
  check_unchanged("fuse_right_transpose", R"(
    q = Input f32[3,2,4,5]
    k = Input f32[2,3,6,5]
    t = Permute(k) order=[1,0,3,2]
    y = MatMul(q, t)
  )");
}

TEST_CASE("does not fold a permute on the left, which the matrix unit cannot read so") {
  check_unchanged("fuse_right_transpose", R"(
    q = Input f32[2,5,4]
    k = Input f32[2,5,6]
    t = Permute(q) order=[0,2,1]
    y = MatMul(t, k)
  )");
}

TEST_CASE("does not make a transposed left meet a straight right operand") {
  check_unchanged("fuse_right_transpose", R"(
    q = Input f32[2,5,4]
    k = Input f32[2,5,6]
    t = Permute(k) order=[0,2,1]
    y = MatMul(q, t) left_transpose=true right_transpose=true
  )");
}

TEST_CASE("does not fold in front of a MatMul with its heads between the matrix axes") {
  check_unchanged("fuse_right_transpose", R"(
    q = Input f32[2,4,3,5]
    k = Input f32[2,5,6,3]
    t = Permute(k) order=[0,1,3,2]
    y = MatMul(q, t) hdim_is_batch=true
  )");
}

}  // namespace
}  // namespace tpuscope
