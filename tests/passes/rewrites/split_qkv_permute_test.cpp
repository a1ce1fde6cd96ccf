// split_qkv_permute: the 5-D permute of attention splits over the slices after it.

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_rewrite;
using testing::check_unchanged;

TEST_CASE("Swin's 5-D permute becomes three small ones behind the slices") {
  check_rewrite("split_qkv_permute", R"(
    x = Input f32[64,49,3,3,32]
    p = Permute(x) order=[2,0,3,1,4]
    s0 = Slice(p) starts=[0,0,0,0,0] extents=[1,64,3,49,32] steps=[1,1,1,1,1]
    s1 = Slice(p) starts=[1,0,0,0,0] extents=[1,64,3,49,32] steps=[1,1,1,1,1]
    q = Squeeze(s0) axes=[0]
    k = Squeeze(s1) axes=[0]
    a = Neg(q)
    b = Relu(k)
  )",
                R"(
    x = Input f32[64,49,3,3,32]
    s0_1 = Slice(x) starts=[0,0,0,0,0] extents=[64,49,1,3,32] steps=[1,1,1,1,1]
    s1_1 = Slice(x) starts=[0,0,1,0,0] extents=[64,49,1,3,32] steps=[1,1,1,1,1]
    q_1 = Squeeze(s0_1) axes=[2]
    q = Permute(q_1) order=[0,2,1,3]
    k_1 = Squeeze(s1_1) axes=[2]
    k = Permute(k_1) order=[0,2,1,3]
    a = Neg(q)
    b = Relu(k)
    return a, b
  )");
}

TEST_CASE("a branch that needs no permute any more gets none") {
  check_rewrite("split_qkv_permute", R"(
    x = Input f32[4,2,5]
    p = Permute(x) order=[1,0,2]
    s = Slice(p) starts=[1,0,0] extents=[1,4,5] steps=[1,1,1]
    q = Squeeze(s) axes=[0]
    y = Relu(q)
  )",
                R"(
    x = Input f32[4,2,5]
    s_1 = Slice(x) starts=[0,1,0] extents=[4,1,5] steps=[1,1,1]
    q = Squeeze(s_1) axes=[1]
    y = Relu(q)
    return y
  )");
}

TEST_CASE("does not split when something else uses the permute") {
  check_unchanged("split_qkv_permute", R"(
    x = Input f32[4,2,5]
    p = Permute(x) order=[1,0,2]
    s = Slice(p) starts=[1,0,0] extents=[1,4,5] steps=[1,1,1]
    q = Squeeze(s) axes=[0]
    z = Neg(p)
  )");
}

TEST_CASE("does not split over slices of more than one index") {
  check_unchanged("split_qkv_permute", R"(
    x = Input f32[4,6,5]
    p = Permute(x) order=[1,0,2]
    s = Slice(p) starts=[0,0,0] extents=[2,4,5] steps=[1,1,1]
    y = Relu(s)
  )");
}

TEST_CASE("does not split over slices of different axes") {
  check_unchanged("split_qkv_permute", R"(
    x = Input f32[4,2,5]
    p = Permute(x) order=[1,0,2]
    s = Slice(p) starts=[1,0,0] extents=[1,4,5] steps=[1,1,1]
    q = Squeeze(s) axes=[0]
    t = Slice(p) starts=[0,1,0] extents=[2,1,5] steps=[1,1,1]
    r = Squeeze(t) axes=[1]
  )");
}

TEST_CASE("does not split a slice that is used without its squeeze") {
  check_unchanged("split_qkv_permute", R"(
    x = Input f32[4,2,5]
    p = Permute(x) order=[1,0,2]
    s = Slice(p) starts=[1,0,0] extents=[1,4,5] steps=[1,1,1]
    q = Squeeze(s) axes=[0]
    z = Neg(s)
  )");
}

TEST_CASE("does not split where the permute leaves the sliced axis in place") {
  check_unchanged("split_qkv_permute", R"(
    x = Input f32[2,4,5]
    p = Permute(x) order=[0,2,1]
    s = Slice(p) starts=[1,0,0] extents=[1,5,4] steps=[1,1,1]
    q = Squeeze(s) axes=[0]
    y = Relu(q)
  )");
}

}  // namespace
}  // namespace tpuscope
