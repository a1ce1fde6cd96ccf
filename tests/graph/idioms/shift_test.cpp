// Cyclic shifts and patch merging, as exporters write them with slices and concats.

#include <doctest/doctest.h>

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using namespace testing;

TEST_CASE("two slices joined the other way round are a roll") {
  check_idiom("swap_dim_inner", R"(
      x = Input f32[1,7,4]
      a = Slice(x) starts=[0,3,0] extents=[1,4,4]
      b = Slice(x) starts=[0,0,0] extents=[1,3,4]
      y = Concat(a, b) axis=1)",
              R"(
      x = Input f32[1,7,4]
      y = SwapDimInner(x) offset=[0,3,0]
      return y)");
}

TEST_CASE("rolls of two axes in a row stay two, which are a layer group") {
  check_no_idiom("swap_dim_inner", R"(
      x = Input f32[5,7]
      a = SwapDimInner(x) offset=[2,0]
      y = SwapDimInner(a) offset=[0,3])");
}

TEST_CASE("slices that leave something out, overlap or are read elsewhere are no roll") {
  check_no_idiom("swap_dim_inner", R"(
      x = Input f32[7]
      a = Slice(x) starts=[4] extents=[3]
      b = Slice(x) starts=[0] extents=[3]
      y = Concat(a, b) axis=0)");
  check_no_idiom("swap_dim_inner", R"(
      x = Input f32[7]
      a = Slice(x) starts=[3] extents=[4]
      b = Slice(x) starts=[0] extents=[3]
      y = Concat(b, a) axis=0)");
  check_no_idiom("swap_dim_inner", R"(
      x = Input f32[7]
      a = Slice(x) starts=[3] extents=[4]
      b = Slice(x) starts=[0] extents=[3]
      z = Neg(a)
      y = Concat(a, b) axis=0)");
}

TEST_CASE("Swin's patch merging is one permute; rows are the fast phase") {
  check_idiom("patch_merging", R"(
      x = Input f32[1,4,6,3]
      r0 = Slice(x) starts=[0,0,0,0] extents=[1,2,6,3] steps=[1,2,1,1]
      p0 = Slice(r0) starts=[0,0,0,0] extents=[1,2,3,3] steps=[1,1,2,1]
      r1 = Slice(x) starts=[0,1,0,0] extents=[1,2,6,3] steps=[1,2,1,1]
      p1 = Slice(r1) starts=[0,0,0,0] extents=[1,2,3,3] steps=[1,1,2,1]
      r2 = Slice(x) starts=[0,0,0,0] extents=[1,2,6,3] steps=[1,2,1,1]
      p2 = Slice(r2) starts=[0,0,1,0] extents=[1,2,3,3] steps=[1,1,2,1]
      r3 = Slice(x) starts=[0,1,0,0] extents=[1,2,6,3] steps=[1,2,1,1]
      p3 = Slice(r3) starts=[0,0,1,0] extents=[1,2,3,3] steps=[1,1,2,1]
      y = Concat(p0, p1, p2, p3) axis=3)",
              R"(
      x = Input f32[1,4,6,3]
      y_1 = Reshape(x) shape=[1,2,2,3,2,3]
      y_2 = Permute(y_1) order=[0,1,3,4,2,5]
      y = Reshape(y_2) shape=[1,2,3,12]
      return y)");
}

TEST_CASE("YOLOX's Focus joins along channels that lie in front of the pixels") {
  check_idiom("patch_merging", R"(
      x = Input f32[1,3,4,4]
      r0 = Slice(x) starts=[0,0,0,0] extents=[1,3,2,4] steps=[1,1,2,1]
      p0 = Slice(r0) starts=[0,0,0,0] extents=[1,3,2,2] steps=[1,1,1,2]
      r1 = Slice(x) starts=[0,0,1,0] extents=[1,3,2,4] steps=[1,1,2,1]
      p1 = Slice(r1) starts=[0,0,0,0] extents=[1,3,2,2] steps=[1,1,1,2]
      r2 = Slice(x) starts=[0,0,0,0] extents=[1,3,2,4] steps=[1,1,2,1]
      p2 = Slice(r2) starts=[0,0,0,1] extents=[1,3,2,2] steps=[1,1,1,2]
      r3 = Slice(x) starts=[0,0,1,0] extents=[1,3,2,4] steps=[1,1,2,1]
      p3 = Slice(r3) starts=[0,0,0,1] extents=[1,3,2,2] steps=[1,1,1,2]
      y = Concat(p0, p1, p2, p3) axis=1)",
              R"(
      x = Input f32[1,3,4,4]
      y_1 = Reshape(x) shape=[1,3,2,2,2,2]
      y_2 = Permute(y_1) order=[0,5,3,1,2,4]
      y = Reshape(y_2) shape=[1,12,2,2]
      return y)");
}

TEST_CASE("phases in another order than counting up stay slices") {
  check_no_idiom("patch_merging", R"(
      x = Input f32[4,3]
      a = Slice(x) starts=[1,0] extents=[2,3] steps=[2,1]
      b = Slice(x) starts=[0,0] extents=[2,3] steps=[2,1]
      y = Concat(a, b) axis=1)");
}

TEST_CASE("boxes that do not tile the tensor stay slices") {
  check_no_idiom("patch_merging", R"(
      x = Input f32[5,3]
      a = Slice(x) starts=[0,0] extents=[2,3] steps=[2,1]
      b = Slice(x) starts=[1,0] extents=[2,3] steps=[2,1]
      y = Concat(a, b) axis=1)");
}

}  // namespace
}  // namespace tpuscope
