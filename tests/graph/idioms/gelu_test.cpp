// GELU in the forms that torch, TensorFlow and HuggingFace export.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::check_idiom;
using testing::check_no_idiom;

TEST_CASE("torch's five ops with erf are one Gelu") {
  check_idiom("gelu_erf", R"(
      x = Input f32[2,4]
      r = Weight f32[] {1.4142135}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      d = Div(x, r)
      e = Erf(d)
      s = Add(e, one)
      m = Mul(x, s)
      y = Mul(m, half))",
              "x = Input f32[2,4]\ny = Gelu(x)\nreturn y");
}

TEST_CASE("the half may be taken of x or of the sum") {
  check_idiom("gelu_erf", R"(
      x = Input f32[4]
      r = Weight f32[] {0.70710677}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      h = Mul(x, half)
      d = Mul(x, r)
      e = Erf(d)
      s = Add(one, e)
      y = Mul(h, s))",
              "x = Input f32[4]\ny = Gelu(x)\nreturn y");
}

TEST_CASE("an erf of x itself is no Gelu") {
  check_no_idiom("gelu_erf", R"(
      x = Input f32[4]
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      e = Erf(x)
      s = Add(e, one)
      m = Mul(x, s)
      y = Mul(m, half))");
}

TEST_CASE("a Gelu whose sum something else reads stays") {
  check_no_idiom("gelu_erf", R"(
      x = Input f32[4]
      r = Weight f32[] {1.4142135}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      d = Div(x, r)
      e = Erf(d)
      s = Add(e, one)
      m = Mul(x, s)
      y = Mul(m, half)
      return y, s)");
}

TEST_CASE("a factor of unknown value is no half") {
  check_no_idiom("gelu_erf", R"(
      x = Input f32[4]
      r = Weight f32[] {1.4142135}
      one = Weight f32[] {1}
      half = Weight f32[]
      d = Div(x, r)
      e = Erf(d)
      s = Add(e, one)
      m = Mul(x, s)
      y = Mul(m, half))");
}

TEST_CASE("the tanh form stays in parts, as in the vendor's compiler") {
  Graph graph = testing::graph_of(R"(
      x = Input f32[4]
      c = Weight f32[] {0.044715}
      k = Weight f32[] {0.7978846}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      p = Mul(x, x)
      r = Mul(p, x)
      q = Mul(r, c)
      a = Add(x, q)
      u = Mul(a, k)
      t = Tanh(u)
      s = Add(t, one)
      m = Mul(x, s)
      y = Mul(m, half))");
  const std::string before = to_text(graph);
  REQUIRE(run_import_passes(graph).ok());
  CHECK(to_text(graph) == before);
}

}  // namespace
}  // namespace tpuscope
