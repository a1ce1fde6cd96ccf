// Orders of units and of ops.

#include "passes/planner/execution_order.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

/// Two chains from one input: x -> a -> b and x -> c -> d.
constexpr std::string_view kTwoChains = R"(
  x = Input f16[1,64,8,8]
  a = Relu(x)
  c = Sigmoid(x)
  b = Exp(a)
  d = Tanh(c)
  return b, d
)";

std::string names_of_order(const Graph& graph, const std::vector<OpId>& order) {
  std::string text;
  for (const OpId op : order) {
    if (graph[op].def->layout != LayoutRule::kSink) text += graph[op].name;
  }
  return text;
}

OpId op_named(const Graph& graph, std::string_view name) {
  for (const OpId op : graph.ops()) {
    if (graph[op].name == name && graph[op].def->layout != LayoutRule::kSink) return op;
  }
  FAIL("no op is called ", name);
  return {};
}

TEST_CASE("units come after those that make what they read, otherwise in the order of their ops") {
  const Graph graph = testing::graph_of(kTwoChains);
  const std::vector<OpId> order = graph.topological_order();
  // One unit of a and b, one of c and d, one for each other op.
  std::vector<std::size_t> unit_of(graph.size());
  std::size_t next = 2;
  for (const OpId op : order)
    unit_of[op.index] = next++;
  for (const auto& [name, unit] : {std::pair("a", 0), {"b", 0}, {"c", 1}, {"d", 1}})
    unit_of[op_named(graph, name).index] = static_cast<std::size_t>(unit);
  const std::vector<std::size_t> units = ordered_units(graph, order, unit_of);
  REQUIRE(units.size() == 5);  // x, ab, cd, two outputs
  CHECK(units[0] == unit_of[op_named(graph, "x").index]);
  CHECK(units[1] == 0);
  CHECK(units[2] == 1);
}

TEST_CASE("units that need each other's results cannot be ordered") {
  const Graph graph = testing::graph_of(kTwoChains);
  const std::vector<OpId> order = graph.topological_order();
  std::vector<std::size_t> unit_of(graph.size());
  std::size_t next = 2;
  for (const OpId op : order)
    unit_of[op.index] = next++;
  // x and d as one unit: it needs c, which needs x.
  unit_of[op_named(graph, "x").index] = 0;
  unit_of[op_named(graph, "d").index] = 0;
  CHECK(ordered_units(graph, order, unit_of).empty());
}

TEST_CASE("other orders follow a chain to its end, or keep ops apart that cannot be grouped") {
  const Graph graph = testing::graph_of(kTwoChains);
  const std::vector<OpId> order = graph.topological_order();
  CHECK(names_of_order(graph, order) == "xacbd");
  std::vector<bool> is_local(graph.size(), true);
  is_local[op_named(graph, "a").index] = false;
  is_local[op_named(graph, "b").index] = false;
  const std::vector<std::vector<OpId>> others = other_orders(graph, order, is_local);
  REQUIRE(others.size() == 2);
  // What was made last is read next: a, b, then c, d.
  CHECK(names_of_order(graph, others[0]) == "xabcd");
  // Local ops first (x is local): c, d, then a, b.
  CHECK(names_of_order(graph, others[1]) == "xcdab");
}

TEST_CASE("the compiler puts an op right behind the last of its operands, the latest comer first") {
  // Both branches read x: the second one moves in before the first.
  const Graph branches = testing::graph_of(R"(
    x = Input f16[1,64,8,8]
    a = Relu(x)
    b = Exp(a)
    c = Sigmoid(a)
    d = Add(b, c)
    return d
  )");
  CHECK(names_of_order(branches, compiler_order(branches)) == "xacbd");
  // What reads inputs alone goes to the front.
  const Graph inputs = testing::graph_of(R"(
    x = Input f16[1,64,8,8]
    y = Input f16[1,64,8,8]
    a = Relu(x)
    b = Exp(y)
    c = Add(a, b)
    return c
  )");
  CHECK(names_of_order(inputs, compiler_order(inputs)) == "xybac");
  // A chain stays as it is.
  const Graph chain = testing::graph_of("x = Input f16[1,4,8,8]\na = Relu(x)\nb = Exp(a)\n");
  CHECK(names_of_order(chain, compiler_order(chain)) == "xab");
}

TEST_CASE("the compiler keeps the order of a network with kernels") {
  const auto order_of = [](std::string_view product) {
    const Graph graph = testing::graph_of(
        "x = Input f16[1,64]\nw = Weight f16[64,64]\na = " + std::string(product) +
        "\nb = Silu(a)\nc = " + std::string(product) + "\nd = Mul(b, c)\nreturn d\n");
    std::string names = names_of_order(graph, compiler_order(graph));
    names.erase(std::remove(names.begin(), names.end(), 'w'), names.end());
    return names;
  };
  // The activation is done before the other product of its pair.
  CHECK(order_of("A16MatMul(x, w) bits=16") == "xabcd");
  // Products that are cut into tiles: what reads inputs alone goes to the front.
  CHECK(order_of("MatMul(x, w)") == "xcabd");
}

TEST_CASE(
    "another compiler's order is followed, and what it does not name comes after its operands") {
  const Graph graph = testing::graph_of(kTwoChains);
  CHECK(names_of_order(graph, order_like(graph, {"c_Sigmoid", "d_Tanh", "a_Relu", "b_Exp"})) ==
        "xcdab");
  // Without the names of one chain it is where its operands are.
  CHECK(names_of_order(graph, order_like(graph, {"a_Relu", "b_Exp"})) == "xcdab");
  CHECK(names_of_order(graph, order_like(graph, {"c_Sigmoid", "a_Relu", "b_Exp"})) == "xcdab");
  // An order that cannot be is followed as far as it can.
  CHECK(names_of_order(graph, order_like(graph, {"b_Exp", "a_Relu", "c_Sigmoid", "d_Tanh"})) ==
        "xabcd");
}

TEST_CASE("orders equal to the network's are left out") {
  const Graph graph = testing::graph_of("x = Input f16[1,4,8,8]\na = Relu(x)\nb = Exp(a)\n");
  CHECK(other_orders(graph, graph.topological_order(), std::vector<bool>(graph.size(), true))
            .empty());
}

}  // namespace
}  // namespace tpuscope
