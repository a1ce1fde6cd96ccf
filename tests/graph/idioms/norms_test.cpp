// LayerNorm and RMSNorm written with elementary ops, and sums that only resemble them.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::check_idiom;
using testing::check_no_idiom;

TEST_CASE("torch's nine ops are one LayerNorm with scale and bias") {
  check_idiom("layer_norm", R"(
      x = Input f32[2,3,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      g = Weight f32[4] {1, 2, 3, 4}
      b = Weight f32[4] {1, 1, 2, 2}
      m = Reduce(x) mode="mean" axes=[-1]
      d = Sub(x, m)
      p = Pow(d, two)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      q = Div(d, s)
      h = Mul(q, g)
      y = Add(h, b))",
              R"(
      x = Input f32[2,3,4]
      g = Weight f32[4] {1, 2, 3, 4}
      b = Weight f32[4] {1, 1, 2, 2}
      y = LayerNorm(x, g, b) axis=2 epsilon=0.5
      return y)");
}

TEST_CASE(
    "a LayerNorm may subtract the mean twice, square by Mul and multiply by the inverse root") {
  check_idiom("layer_norm", R"(
      x = Input f32[2,4]
      eps = Weight f32[] {0.5}
      m = Reduce(x) mode="mean" axes=[1]
      d = Sub(x, m)
      e = Sub(x, m)
      p = Mul(d, d)
      v = Reduce(p) mode="mean" axes=[1]
      a = Add(v, eps)
      s = Sqrt(a)
      r = Reciprocal(s)
      y = Mul(e, r))",
              "x = Input f32[2,4]\ny = LayerNorm(x) axis=1 epsilon=0.5\nreturn y");
}

TEST_CASE("an InstanceNorm between reshapes to groups and back is a GroupNorm") {
  // Channels 0 and 1 are group 0, whose scale and bias each of them gets.
  check_idiom("group_norm", R"(
      x = Input f32[2,4,1,2]
      s = Weight f32[2] {1, 2}
      b = Weight f32[2] {3, 5}
      r = Reshape(x) shape=[2,2,4]
      n = InstanceNorm(r, s, b) epsilon=0.5
      y = Reshape(n) shape=[2,4,1,2])",
              R"(
      x = Input f32[2,4,1,2]
      s_1 = Weight f32[4] {1, 1, 2, 2}
      b_1 = Weight f32[4] {3, 3, 5, 5}
      y = GroupNorm(x, s_1, b_1) epsilon=0.5 groups=2
      return y)");
}

TEST_CASE("images that reshapes mix, and another shape behind, make no GroupNorm") {
  check_no_idiom("group_norm", R"(
      x = Input f32[2,4,1,2]
      s = Weight f32[4] {1, 2, 3, 4}
      b = Weight f32[4] {1, 2, 3, 4}
      r = Reshape(x) shape=[1,4,4]
      n = InstanceNorm(r, s, b)
      y = Reshape(n) shape=[2,4,1,2]
      return y)");
  check_no_idiom("group_norm", R"(
      x = Input f32[2,4,1,2]
      s = Weight f32[2] {1, 2}
      b = Weight f32[2] {1, 2}
      r = Reshape(x) shape=[2,2,4]
      n = InstanceNorm(r, s, b)
      y = Reshape(n) shape=[2,4,2,1]
      return y)");
}

TEST_CASE("the mean over an inner axis is no LayerNorm") {
  check_no_idiom("layer_norm", R"(
      x = Input f32[2,3,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      m = Reduce(x) mode="mean" axes=[1]
      d = Sub(x, m)
      p = Pow(d, two)
      v = Reduce(p) mode="mean" axes=[1]
      a = Add(v, eps)
      s = Sqrt(a)
      y = Div(d, s))");
}

TEST_CASE("a variance over other axes than the mean is no LayerNorm") {
  check_no_idiom("layer_norm", R"(
      x = Input f32[2,3,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      m = Reduce(x) mode="mean" axes=[2]
      d = Sub(x, m)
      p = Pow(d, two)
      v = Reduce(p) mode="mean" axes=[1,2]
      a = Add(v, eps)
      s = Sqrt(a)
      y = Div(d, s))");
}

TEST_CASE("a LayerNorm whose mean is also an output stays") {
  check_no_idiom("layer_norm", R"(
      x = Input f32[2,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      m = Reduce(x) mode="mean" axes=[1]
      d = Sub(x, m)
      p = Pow(d, two)
      v = Reduce(p) mode="mean" axes=[1]
      a = Add(v, eps)
      s = Sqrt(a)
      y = Div(d, s)
      return y, m)");
}

TEST_CASE("x over its root mean square is one RmsNorm with its scale") {
  check_idiom("rms_norm", R"(
      x = Input f32[2,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      g = Weight f32[4] {1, 2, 3, 4}
      p = Pow(x, two)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      r = Reciprocal(s)
      q = Mul(x, r)
      y = Mul(g, q))",
              R"(
      x = Input f32[2,4]
      g = Weight f32[4] {1, 2, 3, 4}
      y = RmsNorm(x, g) axis=1 epsilon=0.5
      return y)");
}

TEST_CASE("the root mean square of another tensor is no RmsNorm") {
  check_no_idiom("rms_norm", R"(
      x = Input f32[2,4]
      z = Input f32[2,4]
      two = Weight f32[] {2}
      eps = Weight f32[] {0.5}
      p = Pow(z, two)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      y = Div(x, s))");
}

TEST_CASE("one number per row of a square tensor is no scale or bias of a norm") {
  // As many elements as a row has; they broadcast along the row, not over it.
  check_idiom("layer_norm", R"(
      x = Input f32[2,3,3]
      eps = Weight f32[] {0.5}
      g = Weight f32[3,1] {1, 2, 3}
      b = Weight f32[3,1] {4, 5, 6}
      m = Reduce(x) mode="mean" axes=[-1]
      d = Sub(x, m)
      p = Mul(d, d)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      q = Div(d, s)
      h = Mul(q, g)
      y = Add(h, b))",
              R"(
      x = Input f32[2,3,3]
      g = Weight f32[3,1] {1, 2, 3}
      b = Weight f32[3,1] {4, 5, 6}
      q = LayerNorm(x) axis=2 epsilon=0.5
      h = Mul(q, g)
      y = Add(h, b)
      return y)");
  check_idiom("rms_norm", R"(
      x = Input f32[3,3]
      eps = Weight f32[] {0.5}
      g = Weight f32[3,1] {1, 2, 3}
      p = Mul(x, x)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      q = Div(x, s)
      y = Mul(q, g))",
              R"(
      x = Input f32[3,3]
      g = Weight f32[3,1] {1, 2, 3}
      q = RmsNorm(x) axis=1 epsilon=0.5
      y = Mul(q, g)
      return y)");
}

TEST_CASE("a scale with leading axes of 1 is the norm's own") {
  check_idiom("rms_norm", R"(
      x = Input f32[2,3]
      eps = Weight f32[] {0.5}
      g = Weight f32[1,3] {1, 2, 3}
      p = Mul(x, x)
      v = Reduce(p) mode="mean" axes=[-1]
      a = Add(v, eps)
      s = Sqrt(a)
      q = Div(x, s)
      y = Mul(q, g))",
              R"(
      x = Input f32[2,3]
      g_1 = Weight f32[3] {1, 2, 3}
      y = RmsNorm(x, g_1) axis=1 epsilon=0.5
      return y)");
}

}  // namespace
}  // namespace tpuscope
