// Ops of one operand: values computed by hand, and what their recipes count.

#include <cmath>

#include "tests/graph/ops/evaluated.h"

using namespace tpuscope;
using namespace tpuscope::testing;

namespace {

/// Values of a one-operand op at two points.
std::vector<double> at(const std::string& op, double a, double b) {
  return evaluated("x = Input f64[2]\ny = " + op + "\nreturn y\n", {{a, b}});
}

std::int64_t passes(const std::string& op, WorkUnit unit) {
  std::int64_t total = 0;
  for (const WorkStep& step : work_of("x = Input f32[2,3,4,5]\ny = " + op + "\nreturn y\n")) {
    CHECK(step.elements() == 2 * 3 * 4 * 5);
    if (step.unit == unit) total += step.passes;
  }
  return total;
}

}  // namespace

TEST_CASE("piecewise linear activations follow their formulas on both sides of zero") {
  CHECK(at("Relu(x)", -2, 3) == std::vector<double>{0, 3});
  CHECK(at("LeakyRelu(x) alpha=0.5", -2, 3) == std::vector<double>{-2 * 0.5, 3});
  CHECK(at("HardSigmoid(x) alpha=0.25 beta=0.5", -4, 1) == std::vector<double>{0, 0.25 + 0.5});
  CHECK(at("HardSwish(x)", -4, 3) == std::vector<double>{0, 3});
  CHECK(at("ThresholdedRelu(x) alpha=2.0", 2, 3) == std::vector<double>{0, 3});
  CHECK(at("Shrink(x) lambd=1.0 bias=0.5", -2, 0.5) == std::vector<double>{-2 + 0.5, 0});
  CHECK(at("Clip(x) min=-1.0 max=6.0", -2, 7) == std::vector<double>{-1, 6});
}

TEST_CASE("smooth activations follow their formulas") {
  const double e = std::exp(1.0);
  CHECK(at("Sigmoid(x)", 0, 1)[1] == doctest::Approx(1 / (1 + 1 / e)));
  CHECK(at("Silu(x)", 0, 1)[1] == doctest::Approx(1 / (1 + 1 / e)));
  CHECK(at("Softplus(x)", 0, 1)[0] == doctest::Approx(std::log(2.0)));
  CHECK(at("Softsign(x)", -1, 3)[0] == doctest::Approx(-1.0 / 2));
  CHECK(at("Elu(x) alpha=2.0", -1, 3)[0] == doctest::Approx(2 * (1 / e - 1)));
  CHECK(at("Celu(x) alpha=2.0", -2, 3)[0] == doctest::Approx(2 * (1 / e - 1)));
  CHECK(at("Mish(x)", 0, 100)[1] == doctest::Approx(100));
  CHECK(at("Gelu(x)", 0, 1)[1] == doctest::Approx((1 + std::erf(std::sqrt(0.5))) / 2));
}

TEST_CASE("the tanh form of Gelu is close to the exact form, but not equal") {
  const double exact = at("Gelu(x)", 0, 1)[1];
  const double approximate = at("Gelu(x) approximate=\"tanh\"", 0, 1)[1];
  CHECK(approximate == doctest::Approx(exact).epsilon(1e-3));
  CHECK(approximate != exact);
}

TEST_CASE("Round sends ties to even") {
  CHECK(at("Round(x)", 2.5, 3.5) == std::vector<double>{2, 4});
}

TEST_CASE("large arguments of Softplus do not overflow") {
  CHECK(at("Softplus(x)", 1000, 800) == std::vector<double>{1000, 800});
}

TEST_CASE("Cast to an integer cuts the fraction, and Cast to bool asks for non-zero") {
  CHECK(evaluated("x = Input f32[2]\ny = Cast(x) to=\"i32\"\nreturn y\n", {{-1.75, 1.75}}) ==
        std::vector<double>{-1, 1});
  CHECK(evaluated("x = Input f32[2]\ny = Cast(x) to=\"bool\"\nreturn y\n", {{0, -0.5}}) ==
        std::vector<double>{0, 1});
  CHECK(error_of("x = Input f32[2]\ny = Cast(x) to=\"f31\"\nreturn y\n") ==
        "there is no element type \"f31\"");
}

TEST_CASE("an unknown form of Gelu is refused by name") {
  CHECK(error_of("x = Input f32[2]\ny = Gelu(x) approximate=\"fast\"\nreturn y\n") ==
        "Gelu has no approximation \"fast\"");
}

TEST_CASE("work recipes count the machine's instructions") {
  SUBCASE("a sigmoid negates, exponentiates, adds and takes the reciprocal") {
    CHECK(passes("Sigmoid(x)", WorkUnit::kArith) == 1 + 1);
    CHECK(passes("Sigmoid(x)", WorkUnit::kExp) == 1);
    CHECK(passes("Sigmoid(x)", WorkUnit::kDivide) == 1);
  }
  SUBCASE("a square root is a reciprocal root, two selects and a product") {
    CHECK(passes("Sqrt(x)", WorkUnit::kRsqrt) == 1);
    CHECK(passes("Sqrt(x)", WorkUnit::kCompare) == 2);
    CHECK(passes("Sqrt(x)", WorkUnit::kArith) == 1);
  }
  SUBCASE("the tanh form of Gelu is nine instructions around a tanh") {
    CHECK(passes("Gelu(x) approximate=\"tanh\"", WorkUnit::kArith) == 8 + 1 + 5);
    CHECK(passes("Gelu(x) approximate=\"tanh\"", WorkUnit::kErf) == 0);
    CHECK(passes("Gelu(x)", WorkUnit::kErf) == 1);
  }
  SUBCASE("a cosine is one product short of a sine") {
    CHECK(passes("Cos(x)", WorkUnit::kArith) == 0);
    CHECK(passes("Sin(x)", WorkUnit::kArith) == 1);
  }
  SUBCASE("rounding is a conversion") {
    CHECK(passes("Floor(x)", WorkUnit::kConvert) == 1);
    CHECK(passes("Floor(x)", WorkUnit::kArith) == 0);
  }
  SUBCASE("a Clip with one limit is one instruction, with both it is two") {
    CHECK(passes("Clip(x) min=0.0", WorkUnit::kArith) == 1);
    CHECK(passes("Clip(x) min=0.0 max=6.0", WorkUnit::kArith) == 2);
  }
}
