// cancel_permutes: when permutes join, vanish or become reshapes, and when they stay.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a pair that undoes itself vanishes") {
  check_rewrite("cancel_permutes", R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    b = Permute(a) order=[0,2,1,3]
    y = Relu(b)
  )",
                R"(
    x = Input f32[2,3,4,5]
    y = Relu(x)
    return y
  )");
}

TEST_CASE("two permutes in a row become one") {
  check_rewrite("cancel_permutes", R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    y = Permute(a) order=[0,1,3,2]
  )",
                R"(
    x = Input f32[2,3,4,5]
    y = Permute(x) order=[0,2,3,1]
    return y
  )");
}

TEST_CASE("a permute that only moves unit axes becomes a reshape") {
  check_rewrite("cancel_permutes", R"(
    x = Input f32[2,1,4,5]
    y = Permute(x) order=[0,2,1,3]
  )",
                R"(
    x = Input f32[2,1,4,5]
    y = Reshape(x) shape=[2,4,1,5]
    return y
  )");
}

TEST_CASE("a pair cancels even when the first permute has other users, which keep it") {
  check_rewrite("cancel_permutes", R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    b = Permute(a) order=[0,2,1,3]
    y = Relu(b)
    z = Neg(a)
  )",
                R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    y = Relu(x)
    z = Neg(a)
    return y, z
  )");
}

TEST_CASE("does not join a permute that others use, when both would still move data") {
  check_unchanged("cancel_permutes", R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    y = Permute(a) order=[0,1,3,2]
    z = Neg(a)
  )");
}

TEST_CASE("does not touch permutes that something stands between") {
  check_unchanged("cancel_permutes", R"(
    x = Input f32[2,3,4,5]
    a = Permute(x) order=[0,2,1,3]
    b = Relu(a)
    y = Permute(b) order=[0,2,1,3]
  )");
}

}  // namespace
}  // namespace tpuscope
