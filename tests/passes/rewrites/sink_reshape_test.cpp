// sink_reshape: what a view is carried past on its way to the view that undoes it, how constants
// follow, and what stops it.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("past the mask of shifted windows, which is seen without the axis of images") {
  check_rewrite("sink_reshape", R"(
    x = Input f32[2,3,2,2]
    mask = Weight f32[1,2,1,2,2] {1, 2, 3, 4, 5, 6, 7, 8}
    a = Reshape(x) shape=[1,2,3,2,2]
    b = Add(a, mask)
    c = Reshape(b) shape=[2,3,2,2]
    y = Softmax(c) axis=3
  )",
                R"(
    x = Input f32[2,3,2,2]
    mask_1 = Weight f32[2,1,2,2] {1, 2, 3, 4, 5, 6, 7, 8}
    c = Add(x, mask_1)
    y = Softmax(c) axis=3
    return y
  )");
}

TEST_CASE("a mask of one image is repeated for several") {
  check_rewrite("sink_reshape", R"(
    x = Input f32[4,3,2]
    mask = Weight f32[1,2,1,2] {1, 2, 3, 4}
    a = Reshape(x) shape=[2,2,3,2]
    b = Add(a, mask)
    y = Reshape(b) shape=[4,3,2]
  )",
                R"(
    x = Input f32[4,3,2]
    mask_1 = Weight f32[4,1,2] {1, 2, 3, 4, 1, 2, 3, 4}
    y = Add(x, mask_1)
    return y
  )");
}

TEST_CASE("past several ops; numbers and constants of lower rank keep their meaning") {
  check_rewrite("sink_reshape", R"(
    x = Input f32[4,2]
    half = Weight f32[] {0.5}
    bias = Weight f32[2] {3, 4}
    a = Reshape(x) shape=[2,2,2]
    b = Mul(a, half)
    c = Relu(b)
    d = Sub(bias, c)
    y = Reshape(d) shape=[4,2]
  )",
                R"(
    x = Input f32[4,2]
    half = Weight f32[] {0.5}
    b_1 = Mul(x, half)
    c_1 = Relu(b_1)
    bias_1 = Weight f32[1,2] {3, 4}
    y = Sub(bias_1, c_1)
    return y
  )");
}

TEST_CASE("past an Add whose other operand is the same view of another tensor") {
  check_rewrite("sink_reshape", R"(
    x = Input f32[4,2]
    z = Input f32[4,2]
    a = Reshape(x) shape=[2,2,2]
    b = Reshape(z) shape=[2,2,2]
    c = Add(a, b)
    y = Reshape(c) shape=[4,2]
  )",
                R"(
    x = Input f32[4,2]
    z = Input f32[4,2]
    y = Add(x, z)
    return y
  )");
}

TEST_CASE("a constant without values follows by its shape") {
  const Graph graph = testing::graph_of(R"(
    x = Input f32[4,3,2]
    mask = Weight f32[1,2,1,2]
    a = Reshape(x) shape=[2,2,3,2]
    b = Add(a, mask)
    y = Reshape(b) shape=[4,3,2]
  )");
  CHECK(to_text(testing::after_pass("sink_reshape", graph), {.locations = false}) ==
        testing::lines(R"(
    x = Input f32[4,3,2]
    mask_1 = Weight f32[4,1,2]
    y = Add(x, mask_1)
    return y
  )"));
}

TEST_CASE("not where the views lead to another shape") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    a = Reshape(x) shape=[2,2,2]
    b = Relu(a)
    y = Reshape(b) shape=[2,4]
  )");
}

TEST_CASE("not when an op between has other users") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    a = Reshape(x) shape=[2,2,2]
    b = Relu(a)
    y = Reshape(b) shape=[4,2]
    z = Neg(b)
  )");
}

TEST_CASE("not past a computed operand, which would need a view of its own") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    z = Input f32[2,2,2]
    a = Reshape(x) shape=[2,2,2]
    b = Add(a, z)
    y = Reshape(b) shape=[4,2]
  )");
}

TEST_CASE("not past a view of another shape") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    z = Input f32[2,4]
    a = Reshape(x) shape=[2,2,2]
    c = Reshape(z) shape=[2,2,2]
    b = Add(a, c)
    y = Reshape(b) shape=[4,2]
  )");
}

TEST_CASE("not when the constant would grow to the size of the tensor") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    mask = Weight f32[1,2,2] {1, 2, 3, 4}
    a = Reshape(x) shape=[2,2,2]
    b = Add(a, mask)
    y = Reshape(b) shape=[4,2]
  )");
}

TEST_CASE("not past an op that broadcasts the viewed tensor") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,1]
    bias = Weight f32[3] {1, 2, 3}
    a = Reshape(x) shape=[2,2,1]
    b = Add(a, bias)
    y = Reshape(b) shape=[4,3]
  )");
}

TEST_CASE("not past an op that needs its axes as they are") {
  check_unchanged("sink_reshape", R"(
    x = Input f32[4,2]
    a = Reshape(x) shape=[2,2,2]
    b = Softmax(a) axis=1
    y = Reshape(b) shape=[4,2]
  )");
}

}  // namespace
}  // namespace tpuscope
