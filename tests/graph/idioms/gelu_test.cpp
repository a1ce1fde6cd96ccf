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

TEST_CASE("the tanh form is a Gelu of its own kind") {
  check_idiom("gelu_tanh", R"(
      x = Input f32[4]
      three = Weight f32[] {3}
      c = Weight f32[] {0.044715}
      k = Weight f32[] {0.7978846}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      p = Pow(x, three)
      q = Mul(p, c)
      a = Add(x, q)
      u = Mul(a, k)
      t = Tanh(u)
      s = Add(t, one)
      m = Mul(x, s)
      y = Mul(m, half))",
              "x = Input f32[4]\ny = Gelu(x) approximate=\"tanh\"\nreturn y");
}

TEST_CASE("HuggingFace's fast form with x factored out is the same Gelu") {
  check_idiom("gelu_tanh", R"(
      x = Input f32[4]
      c = Weight f32[] {0.044715}
      k = Weight f32[] {0.7978846}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      h = Mul(x, half)
      f = Mul(x, k)
      q = Mul(x, c)
      r = Mul(q, x)
      a = Add(r, one)
      u = Mul(f, a)
      t = Tanh(u)
      s = Add(t, one)
      y = Mul(h, s))",
              "x = Input f32[4]\ny = Gelu(x) approximate=\"tanh\"\nreturn y");
}

TEST_CASE("a tanh gate with another cubic term is no Gelu") {
  check_no_idiom("gelu_tanh", R"(
      x = Input f32[4]
      three = Weight f32[] {3}
      c = Weight f32[] {0.05}
      k = Weight f32[] {0.7978846}
      one = Weight f32[] {1}
      half = Weight f32[] {0.5}
      p = Pow(x, three)
      q = Mul(p, c)
      a = Add(x, q)
      u = Mul(a, k)
      t = Tanh(u)
      s = Add(t, one)
      m = Mul(x, s)
      y = Mul(m, half))");
}

}  // namespace
}  // namespace tpuscope
