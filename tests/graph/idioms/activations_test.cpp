// Activations that exporters decompose, each with a twin that only looks like it.

#include "tests/graph/idioms/idiom.h"

namespace tpuscope {
namespace {

using testing::check_idiom;
using testing::check_no_idiom;

TEST_CASE("x * sigmoid(x) is one Silu, whichever factor comes first") {
  check_idiom("silu", "x = Input f32[4]\ns = Sigmoid(x)\ny = Mul(x, s)",
              "x = Input f32[4]\ny = Silu(x)\nreturn y");
  check_idiom("silu", "x = Input f32[4]\ns = Sigmoid(x)\ny = Mul(s, x)",
              "x = Input f32[4]\ny = Silu(x)\nreturn y");
}

TEST_CASE("a sigmoid that something else reads stays") {
  check_no_idiom("silu", "x = Input f32[4]\ns = Sigmoid(x)\ny = Mul(x, s)\nreturn y, s");
}

TEST_CASE("a gate of another tensor is no Silu") {
  check_no_idiom("silu", "x = Input f32[4]\nz = Input f32[4]\ns = Sigmoid(z)\ny = Mul(x, s)");
}

TEST_CASE("quick GELU is no Silu") {
  check_no_idiom("silu", R"(
      x = Input f32[4]
      c = Weight f32[] {1.702}
      k = Mul(x, c)
      s = Sigmoid(k)
      y = Mul(x, s))");
}

TEST_CASE("x * clip(x + 3, 0, 6) / 6 is one HardSwish") {
  check_idiom("hard_swish", R"(
      x = Input f32[4]
      three = Weight f32[] {3}
      six = Weight f32[] {6}
      a = Add(x, three)
      c = Clip(a) min=0.0 max=6.0
      m = Mul(x, c)
      y = Div(m, six))",
              "x = Input f32[4]\ny = HardSwish(x)\nreturn y");
}

TEST_CASE("x * hard_sigmoid(x) is a HardSwish only with the slope 1/6") {
  check_idiom("hard_swish", R"(
      x = Input f32[4]
      h = HardSigmoid(x) alpha=0.16666667 beta=0.5
      y = Mul(x, h))",
              "x = Input f32[4]\ny = HardSwish(x)\nreturn y");
  check_no_idiom("hard_swish", R"(
      x = Input f32[4]
      h = HardSigmoid(x) alpha=0.2 beta=0.5
      y = Mul(x, h))");
}

TEST_CASE("a ReLU6 gate without the division is no HardSwish") {
  check_no_idiom("hard_swish", R"(
      x = Input f32[4]
      three = Weight f32[] {3}
      a = Add(x, three)
      c = Clip(a) min=0.0 max=6.0
      y = Mul(x, c))");
}

}  // namespace
}  // namespace tpuscope
