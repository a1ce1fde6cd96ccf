// Permutes around ops that work in either order, slices that are assigned, softmaxes that are
// guarded: what vanishes at import, and what stays.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::after_idiom;
using testing::check_idiom;
using testing::check_no_idiom;
using testing::graph_of;

TEST_CASE(
    "copies of an operand vanish where the op broadcasts, and stay where they are the result") {
  check_idiom("broadcast_operand", R"(
      x = Input f32[2,3,4]
      n = Input f32[2,1,1]
      e = Expand(n) shape=[2,3,4]
      y = Div(x, e))",
              R"(
      x = Input f32[2,3,4]
      n = Input f32[2,1,1]
      y = Div(x, n)
      return y)");
  check_no_idiom("broadcast_operand", R"(
      x = Input f32[1,4]
      n = Input f32[2,1]
      e = Expand(x) shape=[3,2,4]
      y = Mul(e, n))");
  check_no_idiom("broadcast_operand", R"(
      x = Input f32[1,4]
      e = Expand(x) shape=[2,4]
      y = Abs(e))");
}

TEST_CASE("a slice is taken before the permute, unless slices need all of it") {
  check_idiom("slice_before_permute", R"(
      x = Input f32[2,3,4]
      p = Permute(x) order=[2,0,1]
      y = Slice(p) starts=[1,0,2] extents=[2,2,1] steps=[2,1,1])",
              R"(
      x = Input f32[2,3,4]
      y_1 = Slice(x) starts=[0,2,1] extents=[2,1,2] steps=[1,1,2]
      y = Permute(y_1) order=[2,0,1]
      return y)");
  check_no_idiom("slice_before_permute", R"(
      x = Input f32[2,4]
      p = Permute(x) order=[1,0]
      a = Slice(p) starts=[0,0] extents=[1,2]
      b = Slice(p) starts=[1,0] extents=[3,2])");
  check_no_idiom("slice_before_permute", R"(
      x = Input f32[2,4]
      p = Permute(x) order=[1,0]
      a = Slice(p) starts=[0,0] extents=[1,2]
      b = Abs(p))");
}

TEST_CASE("a permute and the one that undoes it vanish around what works in either order") {
  check_idiom("channels_last", R"(
      x = Input f32[1,2,3,4]
      c = Weight f32[2] {10, 20}
      p = Permute(x) order=[0,2,3,1]
      a = Mul(p, c)
      r = Relu(a)
      q = Permute(r) order=[0,3,1,2]
      y = Abs(q))",
              R"(
      x = Input f32[1,2,3,4]
      c_1 = Weight f32[1,2,1,1] {10, 20}
      a = Mul(x, c_1)
      r = Relu(a)
      y = Abs(r)
      return y)");
}

TEST_CASE("padding, slices and concats follow the order of the axes") {
  check_idiom("channels_last", R"(
      x = Input f32[1,2,3,4]
      z = Input f32[1,2,3,4]
      p = Permute(x) order=[0,2,3,1]
      o = Permute(z) order=[0,2,3,1]
      a = Pad(p) pads=[0,1,2,0,0,3,4,0]
      b = Pad(o) pads=[0,1,2,0,0,3,4,0]
      c = Concat(a, b) axis=3
      s = Slice(c) starts=[0,1,0,2] extents=[1,5,3,2] steps=[1,1,2,1]
      q = Permute(s) order=[0,3,1,2]
      y = Abs(q))",
              R"(
      x = Input f32[1,2,3,4]
      z = Input f32[1,2,3,4]
      a = Pad(x) pads=[0,0,1,2,0,0,3,4]
      b = Pad(z) pads=[0,0,1,2,0,0,3,4]
      c = Concat(a, b) axis=1
      s = Slice(c) starts=[0,2,1,0] extents=[1,2,5,3] steps=[1,1,1,2]
      y = Abs(s)
      return y)");
}

TEST_CASE("a mean over the image ends the region without a permute") {
  check_idiom("channels_last", R"(
      x = Input f32[1,2,3,4]
      p = Permute(x) order=[0,2,3,1]
      r = Relu(p)
      y = Reduce(r) mode="mean" axes=[1,2] keepdims=false)",
              R"(
      x = Input f32[1,2,3,4]
      r = Relu(x)
      y = Reduce(r) mode="mean" axes=[2,3] keepdims=false
      return y)");
}

TEST_CASE("a residual sum is turned with all that it joins, over several users") {
  const Graph graph = graph_of(R"(
      x = Input f32[1,2,3,4]
      z = Input f32[1,2,3,4]
      p = Permute(x) order=[0,2,3,1]
      r = Relu(p)
      o = Permute(z) order=[0,2,3,1]
      s = Add(r, o)
      q = Permute(r) order=[0,3,1,2]
      t = Permute(s) order=[0,3,1,2]
      a = Abs(q)
      b = Abs(t)
      return a, b)");
  const Graph turned = after_idiom("channels_last", graph);
  CHECK(to_text(turned).find("Permute") == std::string::npos);
  testing::check_same_function(graph, turned);
}

TEST_CASE("permutes stay where as much would have to be moved elsewhere") {
  // The network wants channels last at its end.
  check_no_idiom("channels_last", R"(
      x = Input f32[1,2,3,4]
      p = Permute(x) order=[0,2,3,1]
      y = Relu(p))");
  // A tensor as large comes from somewhere else.
  check_no_idiom("channels_last", R"(
      x = Input f32[1,2,3,4]
      z = Input f32[1,3,4,2]
      p = Permute(x) order=[0,2,3,1]
      s = Add(p, z)
      q = Permute(s) order=[0,3,1,2]
      o = Relu(s)
      y = Abs(q)
      return y, o)");
}

TEST_CASE("other orders are left to the switches, but for slices and concats") {
  check_no_idiom("channels_last", R"(
      x = Input f32[2,3,4]
      p = Permute(x) order=[1,0,2]
      r = Relu(p)
      q = Permute(r) order=[1,0,2]
      y = Abs(q))");
  check_idiom("channels_last", R"(
      x = Input f32[2,3,4]
      p = Permute(x) order=[1,0,2]
      s = Slice(p) starts=[1,0,0] extents=[2,2,4]
      q = Permute(s) order=[1,0,2]
      y = Abs(q))",
              R"(
      x = Input f32[2,3,4]
      s = Slice(x) starts=[0,1,0] extents=[2,2,4]
      y = Abs(s)
      return y)");
}

TEST_CASE("a bias that exporters put behind the permute of a convolution becomes its own") {
  Graph graph = graph_of(R"(
      x = Input f32[1,2,3,3]
      w = Weight f32[2,2,1,1] {1, 2, 3, 4}
      b = Weight f32[2] {5, 6}
      c = Conv(x, w)
      p = Permute(c) order=[0,2,3,1]
      y = Add(p, b))");
  const Graph before = graph;
  REQUIRE(run_import_passes(graph).ok());
  CHECK(to_text(graph).find("Add") == std::string::npos);
  testing::check_same_function(before, graph);
}

TEST_CASE("a subtraction behind a convolution joins its bias") {
  check_idiom("batch_norm", R"(
      x = Input f32[1,1,1,2]
      w = Weight f32[2,1,1,1] {1, 2}
      s = Weight f32[2,1,1] {5, 6}
      c = Conv(x, w)
      y = Sub(c, s))",
              R"(
      x = Input f32[1,1,1,2]
      w = Weight f32[2,1,1,1] {1, 2}
      s_1 = Weight f32[2] {-5, -6}
      y = Conv(x, w, s_1)
      return y)");
}

TEST_CASE("a scatter to rows in a row is slices and a concat") {
  check_idiom("slice_assignment", R"(
      x = Input f32[5,2]
      i = Weight i64[2,1] {1, 2}
      u = Input f32[2,2]
      y = ScatterND(x, i, u))",
              R"(
      x = Input f32[5,2]
      u = Input f32[2,2]
      y_1 = Slice(x) starts=[0,0] extents=[1,2]
      y_2 = Slice(x) starts=[3,0] extents=[2,2]
      y = Concat(y_1, u, y_2) axis=0
      return y)");
}

TEST_CASE("a scatter to a box of two axes replaces that box") {
  const Graph graph = graph_of(R"(
      x = Input f32[3,4,2]
      i = Weight i64[2,2,2] {1, 1, 1, 2, 2, 1, 2, 2}
      u = Input f32[2,2,2]
      y = ScatterND(x, i, u))");
  const Graph rewritten = after_idiom("slice_assignment", graph);
  CHECK(to_text(rewritten).find("ScatterND") == std::string::npos);
  testing::check_same_function(graph, rewritten);
}

TEST_CASE("a scatter to rows out of order, with gaps, or that adds, stays") {
  check_no_idiom("slice_assignment", R"(
      x = Input f32[5,2]
      i = Weight i64[2,1] {2, 1}
      u = Input f32[2,2]
      y = ScatterND(x, i, u))");
  check_no_idiom("slice_assignment", R"(
      x = Input f32[5,2]
      i = Weight i64[2,1] {1, 3}
      u = Input f32[2,2]
      y = ScatterND(x, i, u))");
  check_no_idiom("slice_assignment", R"(
      x = Input f32[5,2]
      i = Weight i64[2,1] {1, 2}
      u = Input f32[2,2]
      y = ScatterND(x, i, u) reduction="add")");
  check_no_idiom("slice_assignment", R"(
      x = Input f32[5,2]
      i = Input i64[2,1]
      u = Input f32[2,2]
      y = ScatterND(x, i, u))");
}

TEST_CASE("a cache with one row replaced is joined from three parts, without a permute") {
  Graph graph = graph_of(R"(
      cache = Input f32[1,2,5,3]
      new = Input f32[1,2,1,3]
      i = Weight i64[1,1] {2}
      t = Permute(cache) order=[2,0,1,3]
      n = Permute(new) order=[2,0,1,3]
      s = ScatterND(t, i, n)
      y = Permute(s) order=[1,2,0,3])");
  const Graph before = graph;
  REQUIRE(run_import_passes(graph).ok());
  CHECK(to_text(graph, {.locations = false}) == testing::lines(R"(
      cache = Input f32[1,2,5,3]
      new = Input f32[1,2,1,3]
      s_3 = Slice(cache) starts=[0,0,0,0] extents=[1,2,2,3]
      s_5 = Slice(cache) starts=[0,0,3,0] extents=[1,2,2,3]
      s = Concat(s_3, new, s_5) axis=2
      return y=s)"));
  testing::check_same_function(before, graph);
}

TEST_CASE("the guard that torch puts behind a softmax vanishes") {
  check_idiom("guarded_softmax", R"(
      x = Input f32[2,3]
      zero = Weight f32[] {0}
      s = Softmax(x)
      n = IsNaN(s)
      y = Where(n, zero, s))",
              "x = Input f32[2,3]\ny = Softmax(x)\nreturn y");
}

TEST_CASE("a guard of something else, or with another value, stays") {
  check_no_idiom("guarded_softmax", R"(
      x = Input f32[2,3]
      zero = Weight f32[] {0}
      s = Sqrt(x)
      n = IsNaN(s)
      y = Where(n, zero, s))");
  check_no_idiom("guarded_softmax", R"(
      x = Input f32[2,3]
      one = Weight f32[] {1}
      s = Softmax(x)
      n = IsNaN(s)
      y = Where(n, one, s))");
  check_no_idiom("guarded_softmax", R"(
      x = Input f32[2,3]
      zero = Weight f32[] {0}
      s = Softmax(x)
      n = IsNaN(s)
      y = Where(n, s, zero))");
}

TEST_CASE("a Pad of zeros before a convolution is its padding") {
  check_idiom("conv_padding", R"(
      x = Input f32[1,1,2,3]
      w = Weight f32[1,1,2,2] {1, 2, 3, 4}
      p = Pad(x) pads=[0,0,0,1,0,0,2,3]
      y = Conv(p, w) pads=[1,0,0,1])",
              R"(
      x = Input f32[1,1,2,3]
      w = Weight f32[1,1,2,2] {1, 2, 3, 4}
      y = Conv(x, w) pads=[1,1,2,4]
      return y)");
}

TEST_CASE("a Pad of channels, of other values, or that something else reads, stays") {
  check_no_idiom("conv_padding", R"(
      x = Input f32[1,1,2,3]
      w = Weight f32[1,2,1,1] {1, 2}
      p = Pad(x) pads=[0,1,0,0,0,0,0,0]
      y = Conv(p, w))");
  check_no_idiom("conv_padding", R"(
      x = Input f32[1,1,2,3]
      w = Weight f32[1,1,1,1] {1}
      p = Pad(x) pads=[0,0,1,0,0,0,0,0] value=1.0
      y = Conv(p, w))");
  check_no_idiom("conv_padding", R"(
      x = Input f32[1,1,2,3]
      w = Weight f32[1,1,1,1] {1}
      p = Pad(x) pads=[0,0,1,0,0,0,0,0]
      y = Conv(p, w)
      return y, p)");
}

TEST_CASE("tokens of an image are brought to one axis, with what works on them") {
  const Graph graph = graph_of(R"(
      x = Input f32[1,2,3,4]
      g = Weight f32[4] {1, 2, 3, 4}
      b = Weight f32[1,1,1,4] {1, 2, 3, 4}
      w = Weight f32[4,4] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7}
      n = LayerNorm(x, g) axis=3
      m = MatMul(n, w)
      h = Add(m, b)
      a = Gelu(h)
      s = Add(x, a)
      v = Reshape(s) shape=[1,1,2,3,4]
      y = Permute(v) order=[0,2,1,3,4]
      return y, s)");
  const Graph merged = after_idiom("flat_rows", graph);
  CHECK(to_text(merged, {.types = true}).find("MatMul(n, w) : f32[1,6,4]") != std::string::npos);
  CHECK(to_text(merged, {.types = true}).find("Gelu(h) : f32[1,6,4]") != std::string::npos);
  testing::check_same_function(graph, merged);
}

TEST_CASE("tensors of one row axis, and constants that differ from row to row, stay") {
  check_no_idiom("flat_rows", "x = Input f32[1,6,4]\ny = LayerNorm(x) axis=2");
  check_no_idiom("flat_rows", "x = Input f32[1,6,1,4]\ny = LayerNorm(x) axis=3");
  check_no_idiom("flat_rows", "x = Input f32[1,2,3,4]\ny = LayerNorm(x) axis=2");
  check_no_idiom("flat_rows", R"(
      x = Input f32[1,1,2,2]
      g = Weight f32[2,1] {1, 2}
      y = Mul(x, g))");
}

}  // namespace
}  // namespace tpuscope
