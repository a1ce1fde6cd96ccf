// Ops of two and three operands: broadcasting, element types, integer rules.

#include "tests/graph/ops/evaluated.h"

using namespace tpuscope;
using namespace tpuscope::testing;

namespace {

std::vector<double> of_integers(const std::string& op, std::vector<double> a,
                                std::vector<double> b) {
  return evaluated("a = Input i32[2]\nb = Input i32[2]\ny = " + op + "\nreturn y\n",
                   {std::move(a), std::move(b)});
}

}  // namespace

TEST_CASE("operands broadcast from their last axes on") {
  CHECK(evaluated("a = Input f32[2,1]\nb = Input f32[3]\ny = Add(a, b)\nreturn y\n",
                  {{10, 20}, {1, 2, 3}}) ==
        std::vector<double>{10 + 1, 10 + 2, 10 + 3, 20 + 1, 20 + 2, 20 + 3});
}

TEST_CASE("a scalar meets every element") {
  CHECK(evaluated("a = Input f32[3]\nb = Input f32[]\ny = Mul(a, b)\nreturn y\n",
                  {{1, 2, 3}, {2}}) == std::vector<double>{2, 4, 6});
}

TEST_CASE("shapes that do not broadcast are refused with both numbers") {
  CHECK(error_of("a = Input f32[2]\nb = Input f32[3]\ny = Add(a, b)\nreturn y\n") ==
        "shapes [2] and [3] do not broadcast: 2 against 3");
}

TEST_CASE("operands of different element types are refused") {
  CHECK(error_of("a = Input f32[2]\nb = Input i32[2]\ny = Add(a, b)\nreturn y\n") ==
        "operands are f32 and i32");
}

TEST_CASE("Pow takes an exponent of another element type and keeps the base's") {
  CHECK(type_of("a = Input f32[2]\nb = Input i32[2]\ny = Pow(a, b)\nreturn y\n") == "f32[2]");
}

TEST_CASE("integers divide towards zero, floats do not round") {
  CHECK(of_integers("Div(a, b)", {-7, 7}, {2, 2}) == std::vector<double>{-3, 3});
  CHECK(evaluated("a = Input f32[1]\nb = Input f32[1]\ny = Div(a, b)\nreturn y\n", {{-7}, {2}}) ==
        std::vector<double>{-3.5});
}

TEST_CASE("the sign of a remainder follows the divisor, with fmod the dividend") {
  CHECK(of_integers("Mod(a, b)", {-7, 7}, {3, -3}) == std::vector<double>{2, -2});
  CHECK(of_integers("Mod(a, b) fmod=1", {-7, 7}, {3, -3}) == std::vector<double>{-1, 1});
}

TEST_CASE("comparisons give bool, and logic wants bool") {
  CHECK(type_of("a = Input f32[2]\nb = Input f32[2]\ny = Less(a, b)\nreturn y\n") == "bool[2]");
  CHECK(error_of("a = Input f32[2]\nb = Input f32[2]\ny = And(a, b)\nreturn y\n") ==
        "operand is f32, not bool");
}

TEST_CASE("Where picks by the condition, with all three operands broadcast") {
  CHECK(evaluated("c = Input bool[2,1]\na = Input f32[2]\nb = Input f32[]\n"
                  "y = Where(c, a, b)\nreturn y\n",
                  {{1, 0}, {5, 6}, {9}}) == std::vector<double>{5, 6, 9, 9});
  CHECK(evaluated("c = Input f32[2]\ny = Where(c, c, c)\nreturn y\n", {{0, 3}}) ==
        std::vector<double>{0, 3});
  CHECK(error_of("c = Input i32[2]\na = Input f32[2]\ny = Where(c, a, a)\nreturn y\n") ==
        "condition is i32, neither bool nor f32");
}

TEST_CASE("PRelu's slopes may be fewer than the elements, but not more") {
  CHECK(evaluated("a = Input f32[2,2]\ns = Input f32[2,1]\ny = PRelu(a, s)\nreturn y\n",
                  {{-1, 2, -3, 4}, {0.5, 0.25}}) == std::vector<double>{-1 * 0.5, 2, -3 * 0.25, 4});
  CHECK(error_of("a = Input f32[2]\ns = Input f32[2,2]\ny = PRelu(a, s)\nreturn y\n") ==
        "slopes f32[2,2] do not broadcast to f32[2]");
}

TEST_CASE("bits shifted out of the element type are lost") {
  CHECK(evaluated("a = Input u8[2]\nb = Input u8[2]\n"
                  "y = BitShift(a, b) direction=\"LEFT\"\nreturn y\n",
                  {{255, 1}, {1, 3}}) == std::vector<double>{254, 8});
}

TEST_CASE("a tile of a broadcast operand needs the same rows, and all of a repeated axis") {
  const std::string text = "a = Input f32[4,6]\nb = Input f32[4,1]\ny = Add(a, b)\nreturn y\n";
  const Region tile = {{1, 3}, {2, 5}};
  CHECK(region_of(text, 0, tile) == tile);
  CHECK(region_of(text, 1, tile) == Region{{1, 3}, {0, 1}});
}
