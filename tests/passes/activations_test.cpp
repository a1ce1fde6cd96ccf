// What becomes a ReLU and what stays.

#include "passes/activations.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope::test {
namespace {

TEST_CASE("smooth activations become ReLUs of the same name, gates and others stay") {
  Graph graph = testing::graph_of(
      "x = Input f32[1,8,4,4]\na = Silu(x)\nb = Gelu(a)\nc = Sigmoid(b)\nd = Tanh(c)\n"
      "e = Mul(d, b)\nreturn e\n");
  CHECK(replace_activations(graph) == 2);
  CHECK(verify(graph).ok());
  const std::string text = to_text(graph);
  CHECK(text.find("a = Relu(x)") != std::string::npos);
  CHECK(text.find("b = Relu(a)") != std::string::npos);
  CHECK(text.find("c = Sigmoid(b)") != std::string::npos);
  CHECK(text.find("d = Tanh(c)") != std::string::npos);
  CHECK(replace_activations(graph) == 0);
  CHECK(to_text(graph) == text);
}

}  // namespace
}  // namespace tpuscope::test
