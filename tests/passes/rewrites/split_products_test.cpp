// split_products: a product whose columns are taken apart becomes one product per part.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("queries, keys and values that leave a product by slices are products of their own") {
  check_rewrite("split_products", R"(
    x = Input f32[4,7,1]
    w = Weight f32[1,8] {1, 2, 3, 4, 5, 6, 7, 8}
    b = Weight f32[8] {11, 12, 13, 14, 15, 16, 17, 18}
    m = MatMul(x, w, b)
    r = Reshape(m) shape=[4,7,2,2,2]
    s0 = Slice(r) starts=[0,0,0,0,0] extents=[4,7,1,2,2] steps=[1,1,1,1,1]
    s1 = Slice(r) starts=[0,0,1,0,0] extents=[4,7,1,2,2] steps=[1,1,1,1,1]
    q = Squeeze(s0) axes=[2]
    k = Squeeze(s1) axes=[2]
    y = Neg(q)
    z = Relu(k)
  )",
                R"(
    x = Input f32[4,7,1]
    w_1 = Weight f32[1,4] {1, 2, 3, 4}
    b_1 = Weight f32[4] {11, 12, 13, 14}
    m_1 = MatMul(x, w_1, b_1)
    w_2 = Weight f32[1,4] {5, 6, 7, 8}
    b_2 = Weight f32[4] {15, 16, 17, 18}
    m_2 = MatMul(x, w_2, b_2)
    q = Reshape(m_1) shape=[4,7,2,2]
    k = Reshape(m_2) shape=[4,7,2,2]
    y = Neg(q)
    z = Relu(k)
    return y, z
  )");
}

TEST_CASE("slices of the columns themselves may be of any width") {
  check_rewrite("split_products", R"(
    x = Input f32[7,2]
    w = Weight f32[2,4] {1, 2, 3, 4, 5, 6, 7, 8}
    m = MatMul(x, w)
    p = Slice(m) starts=[0,0] extents=[7,3] steps=[1,1]
    q = Slice(m) starts=[0,3] extents=[7,1] steps=[1,1]
    y = Neg(p)
    z = Relu(q)
  )",
                R"(
    x = Input f32[7,2]
    w_1 = Weight f32[2,3] {1, 2, 3, 5, 6, 7}
    p = MatMul(x, w_1)
    w_2 = Weight f32[2,1] {4, 8}
    q = MatMul(x, w_2)
    y = Neg(p)
    z = Relu(q)
    return y, z
  )");
}

TEST_CASE("a matrix that is kept transposed is split along its rows") {
  check_rewrite("split_products", R"(
    x = Input f32[7,2]
    w = Weight f32[4,2] {1, 2, 3, 4, 5, 6, 7, 8}
    m = MatMul(x, w) right_transpose=true
    p = Slice(m) starts=[0,0] extents=[7,2] steps=[1,2]
    q = Slice(m) starts=[0,1] extents=[7,2] steps=[1,2]
    y = Neg(p)
    z = Relu(q)
  )",
                R"(
    x = Input f32[7,2]
    w_1 = Weight f32[2,2] {1, 2, 5, 6}
    p = MatMul(x, w_1) right_transpose=true
    w_2 = Weight f32[2,2] {3, 4, 7, 8}
    q = MatMul(x, w_2) right_transpose=true
    y = Neg(p)
    z = Relu(q)
    return y, z
  )");
}

TEST_CASE("a product stays whole when columns are left over") {
  check_unchanged("split_products", R"(
    x = Input f32[7,6]
    w = Weight f32[6,9]
    m = MatMul(x, w)
    p = Slice(m) starts=[0,0] extents=[7,4] steps=[1,1]
    q = Slice(m) starts=[0,4] extents=[7,4] steps=[1,1]
    y = Neg(p)
    z = Relu(q)
  )");
}

TEST_CASE("a product stays whole when something else reads it") {
  check_unchanged("split_products", R"(
    x = Input f32[7,6]
    w = Weight f32[6,8]
    m = MatMul(x, w)
    p = Slice(m) starts=[0,0] extents=[7,4] steps=[1,1]
    q = Slice(m) starts=[0,4] extents=[7,4] steps=[1,1]
    y = Neg(p)
    z = Relu(q)
    u = Neg(m)
  )");
}

TEST_CASE("a product stays whole when rows are sliced, or heads come before what is sliced") {
  check_unchanged("split_products", R"(
    x = Input f32[8,6]
    w = Weight f32[6,8]
    m = MatMul(x, w)
    p = Slice(m) starts=[0,0] extents=[4,8] steps=[1,1]
    q = Slice(m) starts=[4,0] extents=[4,8] steps=[1,1]
    y = Neg(p)
    z = Relu(q)
  )");
  check_unchanged("split_products", R"(
    x = Input f32[4,7,6]
    w = Weight f32[6,24]
    m = MatMul(x, w)
    r = Reshape(m) shape=[4,7,3,2,4]
    s0 = Slice(r) starts=[0,0,0,0,0] extents=[4,7,3,1,4] steps=[1,1,1,1,1]
    s1 = Slice(r) starts=[0,0,0,1,0] extents=[4,7,3,1,4] steps=[1,1,1,1,1]
    q = Squeeze(s0) axes=[3]
    k = Squeeze(s1) axes=[3]
    y = Neg(q)
    z = Relu(k)
  )");
}

TEST_CASE("a product with a matrix that is computed stays whole") {
  check_unchanged("split_products", R"(
    x = Input f32[7,6]
    v = Input f32[6,8]
    m = MatMul(x, v)
    p = Slice(m) starts=[0,0] extents=[7,4] steps=[1,1]
    q = Slice(m) starts=[0,4] extents=[7,4] steps=[1,1]
    y = Neg(p)
    z = Relu(q)
  )");
}

}  // namespace
}  // namespace tpuscope
