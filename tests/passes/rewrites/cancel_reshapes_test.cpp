// cancel_reshapes: which views vanish or join, and which stay.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("a chain of views back to the first shape vanishes") {
  check_rewrite("cancel_reshapes", R"(
    x = Input f32[1,4,6]
    a = Reshape(x) shape=[1,2,2,6]
    b = Reshape(a) shape=[1,1,2,1,2,6]
    c = Reshape(b) shape=[1,4,6]
    y = Relu(c)
  )",
                R"(
    x = Input f32[1,4,6]
    y = Relu(x)
    return y
  )");
}

TEST_CASE("views in a row are one, whatever they are called") {
  check_rewrite("cancel_reshapes", R"(
    x = Input f32[2,1,3]
    a = Squeeze(x) axes=[1]
    y = Reshape(a) shape=[6]
  )",
                R"(
    x = Input f32[2,1,3]
    y = Reshape(x) shape=[6]
    return y
  )");
}

TEST_CASE("a view of the same shape is dropped") {
  check_rewrite("cancel_reshapes", R"(
    x = Input f32[2,3]
    a = Reshape(x) shape=[2,3]
    y = Relu(a)
  )",
                R"(
    x = Input f32[2,3]
    y = Relu(x)
    return y
  )");
}

TEST_CASE("a pair cancels even when the first view has other users, which keep it") {
  check_rewrite("cancel_reshapes", R"(
    x = Input f32[2,3]
    a = Reshape(x) shape=[6]
    b = Reshape(a) shape=[2,3]
    y = Relu(b)
    z = Neg(a)
  )",
                R"(
    x = Input f32[2,3]
    a = Reshape(x) shape=[6]
    y = Relu(x)
    z = Neg(a)
    return y, z
  )");
}

TEST_CASE("does not join a view that others use, when both would stay") {
  check_unchanged("cancel_reshapes", R"(
    x = Input f32[2,3]
    a = Reshape(x) shape=[6]
    y = Reshape(a) shape=[3,2]
    z = Neg(a)
  )");
}

TEST_CASE("does not touch views that something stands between") {
  check_unchanged("cancel_reshapes", R"(
    x = Input f32[2,3]
    a = Reshape(x) shape=[6]
    b = Relu(a)
    y = Reshape(b) shape=[2,3]
  )");
}

}  // namespace
}  // namespace tpuscope
