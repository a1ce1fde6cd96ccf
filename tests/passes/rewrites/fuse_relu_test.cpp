// fuse_relu: which ReLUs their producers take over, and which stay.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a ReLU becomes part of the convolution in front of it") {
  check_rewrite("fuse_relu", R"(
    x = Input f32[1,1,2,2]
    w = Weight f32[2,1,1,1] {1, -1}
    c = Conv(x, w)
    y = Relu(c)
  )",
                R"(
    x = Input f32[1,1,2,2]
    w = Weight f32[2,1,1,1] {1, -1}
    y = Conv(x, w) relu=true
    return y
  )");
}

TEST_CASE("a Clip from 0 to 6 becomes a ReLU with a limit") {
  check_rewrite("fuse_relu", R"(
    x = Input f32[1,1,2,2]
    w = Weight f32[1,1,2,2] {1, -1, 3, 2}
    c = ConvTranspose(x, w)
    y = Clip(c) min=0.0 max=6.0
  )",
                R"(
    x = Input f32[1,1,2,2]
    w = Weight f32[1,1,2,2] {1, -1, 3, 2}
    y = ConvTranspose(x, w) relu=true relu_limit=6.0
    return y
  )");
}

TEST_CASE("products and sums take theirs as well, and the tighter of two limits holds") {
  check_rewrite("fuse_relu", R"(
    x = Input f32[2,3]
    z = Input f32[2,2]
    w = Weight f32[3,2] {1, 2, -3, 1, 2, -1}
    m = MatMul(x, w)
    r = Relu(m)
    s = Add(r, z)
    t = Clip(s) min=0.0 max=4.0
    y = Clip(t) min=0.0 max=2.0
  )",
                R"(
    x = Input f32[2,3]
    z = Input f32[2,2]
    w = Weight f32[3,2] {1, 2, -3, 1, 2, -1}
    r = MatMul(x, w) relu=true
    y = Add(r, z) relu=true relu_limit=2.0
    return y
  )");
}

TEST_CASE("a ReLU stays when somebody else reads the unclamped result") {
  check_unchanged("fuse_relu", R"(
    x = Input f32[2,3]
    w = Weight f32[3,2] {1, 2, -3, 1, 2, -1}
    m = MatMul(x, w)
    r = Relu(m)
    y = Mul(m, r)
  )");
}

TEST_CASE("a result of the network stays unclamped") {
  check_unchanged("fuse_relu", R"(
    x = Input f32[2,3]
    z = Input f32[2,3]
    s = Add(x, z)
    y = Relu(s)
    return s, y
  )");
}

TEST_CASE("a Clip that is no ReLU stays") {
  check_unchanged("fuse_relu", R"(
    x = Input f32[2,3]
    z = Input f32[2,3]
    s = Add(x, z)
    a = Clip(s) min=-1.0 max=6.0
    t = Add(a, z)
    y = Clip(t) min=0.0 max=-1.0
  )");
}

TEST_CASE("ops that cannot clamp keep their ReLU behind them") {
  check_unchanged("fuse_relu", R"(
    x = Input f32[2,3]
    z = Input f32[2,3]
    s = Mul(x, z)
    y = Relu(s)
  )");
}

}  // namespace
}  // namespace tpuscope
