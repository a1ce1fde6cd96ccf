// What vanishes because it changes nothing, and what only looks like it.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::check_idiom;
using testing::check_no_idiom;

/// Between x and the Sqrt that keeps the network from being empty stands `no_op` of x, as t.
void check_vanishes(std::string_view no_op, std::string_view input = "f32[2,3]",
                    bool evaluated = true) {
  CAPTURE(no_op);
  const std::string x = "x = Input " + std::string(input) + "\n";
  check_idiom("no_ops", x + std::string(no_op) + "\ny = Abs(t)", x + "y = Abs(x)\nreturn y",
              evaluated);
}

void check_stays(std::string_view op, std::string_view input = "f32[2,3]") {
  CAPTURE(op);
  check_no_idiom("no_ops",
                 "x = Input " + std::string(input) + "\n" + std::string(op) + "\ny = Abs(t)");
}

TEST_CASE("arithmetic with a neutral number vanishes") {
  check_vanishes("c = Weight f32[] {1}\nt = Mul(x, c)");
  check_vanishes("c = Weight f32[1,1] {1}\nt = Mul(c, x)");
  check_vanishes("c = Weight f32[] {1}\nt = Div(x, c)");
  check_vanishes("c = Weight f32[] {1}\nt = Pow(x, c)");
  check_vanishes("c = Weight f32[] {0}\nt = Add(x, c)");
  check_vanishes("c = Weight f32[] {0}\nt = Add(c, x)");
  check_vanishes("c = Weight f32[] {0}\nt = Sub(x, c)");
}

TEST_CASE("arithmetic with other numbers, or the other way round, stays") {
  check_stays("c = Weight f32[] {1.0001}\nt = Mul(x, c)");
  check_stays("c = Weight f32[] {0}\nt = Mul(x, c)");
  check_stays("c = Weight f32[] {1}\nt = Div(c, x)");
  check_stays("c = Weight f32[] {0}\nt = Sub(c, x)");
  check_stays("c = Weight f32[] {1}\nt = Add(x, c)");
}

TEST_CASE("a vector of ones is a weight whose values just happen to be ones") {
  check_stays("c = Weight f32[3] {1, 1, 1}\nt = Mul(x, c)");
}

TEST_CASE("a product with 1 that gives the tensor another rank stays") {
  check_stays("c = Weight f32[1,1,1] {1}\nt = Mul(x, c)");
}

TEST_CASE("movements that move nothing vanish") {
  check_vanishes("t = Reshape(x) shape=[2,3]");
  check_vanishes("t = Expand(x) shape=[2,3]");
  check_vanishes("t = Tile(x) repeats=[1,1]");
  check_vanishes("t = Pad(x) pads=[0,0,0,0]");
  check_vanishes("t = Slice(x) starts=[0,0] extents=[2,3]");
  check_vanishes("t = Slice(x) starts=[0,0] extents=[1,3] steps=[-1,1]", "f32[1,3]");
  check_vanishes("t = Concat(x) axis=1");
  check_vanishes("t = Permute(x) order=[0,1]");
}

TEST_CASE("movements of the same shape that move something stay") {
  check_stays("t = Permute(x) order=[1,0]", "f32[3,3]");
  check_stays("t = Pad(x) pads=[0,1,0,-1]");
  check_stays("t = Slice(x) starts=[1,0] extents=[2,3] steps=[-1,1]");
}

TEST_CASE("chains that lead back to where they began vanish") {
  check_vanishes("a = Unsqueeze(x) axes=[1]\nt = Squeeze(a) axes=[1]");
  check_vanishes(
      "a = Reshape(x) shape=[6]\nb = Reshape(a) shape=[3,2]\nt = Reshape(b) shape=[2,3]");
  check_vanishes("a = Permute(x) order=[1,2,0]\nt = Permute(a) order=[2,0,1]", "f32[2,3,2]");
  check_vanishes(
      "a = Permute(x) order=[1,2,0]\nb = Permute(a) order=[1,2,0]\nt = Permute(b) order=[1,2,0]",
      "f32[2,2,2]");
}

TEST_CASE("chains that end elsewhere stay") {
  check_stays("a = Permute(x) order=[1,2,0]\nt = Permute(a) order=[1,2,0]", "f32[2,2,2]");
  check_stays("a = Reshape(x) shape=[6]\nt = Reshape(a) shape=[3,2]");
}

TEST_CASE("a tensor in the middle of a chain keeps its other users") {
  check_idiom("no_ops", R"(
      x = Input f32[2,3]
      a = Reshape(x) shape=[6]
      b = Reshape(a) shape=[2,3]
      y = Sqrt(b)
      return y, a)",
              R"(
      x = Input f32[2,3]
      a = Reshape(x) shape=[6]
      y = Sqrt(x)
      return y, a)",
              false);
}

TEST_CASE("slices that put a tensor together again vanish, others stay") {
  check_vanishes(
      "a = Slice(x) starts=[0,0] extents=[2,1]\nb = Slice(x) starts=[0,1] extents=[2,2]\n"
      "t = Concat(a, b) axis=1");
  check_idiom("no_ops", R"(
      x = Input f32[2,5]
      m = Slice(x) starts=[0,1] extents=[2,4]
      a = Slice(m) starts=[0,0] extents=[2,1]
      b = Slice(m) starts=[0,1] extents=[2,3]
      t = Concat(a, b) axis=1
      y = Abs(t))",
              R"(
      x = Input f32[2,5]
      m = Slice(x) starts=[0,1] extents=[2,4]
      y = Abs(m)
      return y)");
  check_stays(
      "a = Slice(x) starts=[0,0] extents=[2,2]\nb = Slice(x) starts=[0,2] extents=[2,1]\n"
      "t = Concat(b, a) axis=1");
  check_stays(
      "a = Slice(x) starts=[0,0] extents=[1,3]\nb = Slice(x) starts=[0,0] extents=[1,3]\n"
      "t = Concat(a, b) axis=0");
}

TEST_CASE("a cast to a wider type and back vanishes, to a narrower one it rounds") {
  check_vanishes("a = Cast(x) to=\"f64\"\nt = Cast(a) to=\"f32\"");
  check_vanishes("a = Cast(x) to=\"f32\"\nt = Cast(a) to=\"bf16\"", "bf16[2,3]");
  check_vanishes("a = Cast(x) to=\"i64\"\nt = Cast(a) to=\"u8\"", "u8[2,3]", false);
  check_stays("a = Cast(x) to=\"f16\"\nt = Cast(a) to=\"f32\"");
  check_stays("a = Cast(x) to=\"bf16\"\nt = Cast(a) to=\"f16\"", "f16[2,3]");
  check_stays("a = Cast(x) to=\"i32\"\nt = Cast(a) to=\"u32\"", "u32[2,3]");
}

TEST_CASE("no-ops between the ops of a norm do not hide it") {
  Graph graph = testing::graph_of(R"(
      x = Input f32[2,3]
      one = Weight f32[] {1}
      eps = Weight f32[] {0.5}
      m = Reduce(x) mode="mean" axes=[-1]
      d = Sub(x, m)
      t = Permute(d) order=[1,0]
      u = Permute(t) order=[1,0]
      p = Mul(d, u)
      v = Reduce(p) mode="mean" axes=[-1]
      w = Mul(v, one)
      a = Add(w, eps)
      s = Sqrt(a)
      r = Unsqueeze(s) axes=[0]
      e = Squeeze(r) axes=[0]
      y = Div(d, e))");
  REQUIRE(run_import_passes(graph).ok());
  CHECK(to_text(graph, {.locations = false}) ==
        testing::lines("x = Input f32[2,3]\ny = LayerNorm(x) axis=1 epsilon=0.5\nreturn y"));
}

}  // namespace
}  // namespace tpuscope
