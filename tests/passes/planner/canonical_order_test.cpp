// The order that a network has whatever its file says.

#include "passes/planner/canonical_order.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

std::string order_of(std::string_view text) {
  const Graph graph = testing::graph_of(std::string(text));
  std::string names;
  for (const OpId op : canonical_order(graph)) {
    if (graph[op].def->layout != LayoutRule::kSink) names += graph[op].name;
  }
  return names;
}

TEST_CASE("the order in which a file lists its ops does not matter") {
  const std::string order = order_of(R"(
    x = Input f16[1,64,8,8]
    a = Relu(x)
    b = Exp(a)
    c = Sigmoid(x)
    d = Tanh(c)
    e = Add(b, d)
    return e
  )");
  CHECK(order == "xacbde");
  CHECK(order_of(R"(
    x = Input f16[1,64,8,8]
    c = Sigmoid(x)
    d = Tanh(c)
    a = Relu(x)
    b = Exp(a)
    e = Add(b, d)
    return e
  )") == order);
}

TEST_CASE("the order of operands does matter: it is the network's own") {
  CHECK(order_of(R"(
    x = Input f16[1,64,8,8]
    a = Relu(x)
    b = Exp(a)
    c = Sigmoid(x)
    d = Tanh(c)
    e = Add(d, b)
    return e
  )") == "xcadbe");
}

TEST_CASE("a short cut comes after the long way round") {
  CHECK(order_of(R"(
    x = Input f16[1,64,8,8]
    s = Sigmoid(x)
    a = Relu(x)
    b = Exp(a)
    c = Tanh(b)
    d = Add(s, c)
    return d
  )") == "xabscd");
}

TEST_CASE(
    "outputs: what takes fewer steps, then earlier parts, and only then the network's order") {
  // b of x takes a step less than d. Nothing of the four names is looked at.
  CHECK(order_of("x = Input f16[1,64]\nc = Relu(x)\nd = Exp(c)\nb = Tanh(x)\nreturn d, b\n") ==
        "xcbd");
  const std::string_view parts = R"(
    x = Input f16[1,64]
    b = Slice(x) starts=[0,32] extents=[1,32]
    a = Slice(x) starts=[0,4] extents=[1,32]
  )";
  CHECK(order_of(std::string(parts) + "return a, b\n") == "xab");
  CHECK(order_of(std::string(parts) + "return b, a\n") == "xab");
  const std::string_view alike =
      "x = Input f16[1,64]\ny = Input f16[1,64]\na = Relu(y)\nb = Relu(x)\n";
  CHECK(order_of(std::string(alike) + "return a, b\n") == "yxab");
  CHECK(order_of(std::string(alike) + "return b, a\n") == "xyba");
}

}  // namespace
}  // namespace tpuscope
