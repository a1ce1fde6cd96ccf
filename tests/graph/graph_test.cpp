// Graph: edges, names, order, erasing, compacting, and the verifier.

#include "graph/graph.h"

#include <doctest/doctest.h>

#include "base/check.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

OpId op_named(const Graph& graph, std::string_view name) {
  for (const OpId op : graph.ops()) {
    if (graph[op].name == name) return op;
  }
  FAIL("no op ", name);
  return {};
}

TEST_CASE("one tensor may feed two operands of one op") {
  const Graph graph = graph_of("x = Input f32[4]\ny = Add(x, x)");
  const std::vector<Use> uses = graph.uses(Value{op_named(graph, "x")});
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].operand == 0);
  CHECK(uses[1].operand == 1);
  CHECK_FALSE(graph.has_single_use({op_named(graph, "x")}));
}

TEST_CASE("replacing uses moves every operand") {
  Graph graph = graph_of("x = Input f32[4]\na = Relu(x)\ny = Add(a, a)");
  graph.replace_uses({op_named(graph, "a")}, {op_named(graph, "x")});
  CHECK(graph.erase_unused() == 1);
  CHECK(to_text(graph) == lines("x = Input f32[4]\ny = Add(x, x)\nreturn y"));
}

TEST_CASE("an op that is used cannot be erased") {
  Graph graph = graph_of("x = Input f32[4]\na = Relu(x)\ny = Neg(a)");
  CHECK_THROWS_AS(graph.erase(op_named(graph, "a")), InternalError);
}

TEST_CASE("an op added near another runs at its place, not at the end") {
  Graph graph = graph_of("x = Input f32[4]\na = Relu(x)\nb = Neg(a)\nc = Neg(x)\nreturn b, c");
  const OpId b = op_named(graph, "b");
  const OpId extra = graph.add_checked({.type = "Abs", .name = "extra"}, {graph[b].inputs[0]}, &b);
  graph.set_input(b, 0, {extra});
  graph.compact();
  CHECK(to_text(graph) == lines(R"(
    x = Input f32[4]
    a = Relu(x)
    extra = Abs(a)
    b = Neg(extra)
    c = Neg(x)
    return b, c
  )"));
}

TEST_CASE("names are made unique, and a name in use is kept by its first owner") {
  Graph graph = graph_of("x = Input f32[4]\ny = Relu(x)");
  const Value x{op_named(graph, "x")};
  CHECK(graph[graph.add_checked({.type = "Relu", .name = "y"}, {x})].results[0].name == "y_1");
  CHECK(graph[graph.add_checked({.type = "Relu", .name = "y"}, {x})].results[0].name == "y_2");
}

TEST_CASE("a copy of a graph is its own graph") {
  const Graph graph = graph_of("x = Input f32[4]\ny = Relu(x)");
  Graph copy = graph;
  copy.set_result_name({op_named(copy, "y")}, "z");
  CHECK(to_text(graph).find("z") == std::string::npos);
  CHECK(to_text(copy).find("z = Relu(x)") != std::string::npos);
}

TEST_CASE("the verifier names a cycle") {
  Graph graph = graph_of("x = Input f32[4]\na = Add(x, x)\nb = Relu(a)\ny = Neg(b)");
  graph.set_input(op_named(graph, "a"), 1, {op_named(graph, "b")});
  const Status status = verify(graph);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "the graph has a cycle: a -> b -> a");
}

TEST_CASE("the verifier finds a type that does not follow from its shape rule") {
  Graph graph = graph_of("x = Input f32[4]\ny = Relu(x)");
  graph.set_dtype({op_named(graph, "y")}, DType::kF16);
  const Status status = verify(graph);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "result is f16[4], its shape rule says f32[4]");
}

TEST_CASE("changed attributes change the types, refused ones change nothing") {
  Graph graph = graph_of("x = Input f32[2,3]\ny = Permute(x) order=[0,1]");
  const OpId y = op_named(graph, "y");
  CHECK(graph.set_attributes(y, {{"order", IntList{1, 0}}}).ok());
  CHECK(graph[y].results[0].type.shape == Shape{3, 2});
  CHECK_FALSE(graph.set_attributes(y, {{"order", IntList{1, 1}}}).ok());
  CHECK(graph[y].attributes.integers("order") == IntList{1, 0});
}

TEST_CASE("evaluation runs the reference kernels in order") {
  const Graph graph =
      graph_of("x = Input f32[2]\nc = Weight f32[2] {10, 20}\ny = Add(x, c)\nz = Neg(y)");
  const auto result = evaluate(graph, {{{DType::kF32, {2}}, {1, 2}}});
  REQUIRE(result.ok());
  CHECK(result->at(0).values == std::vector<double>{-(1 + 10), -(2 + 20)});
}

TEST_CASE("a weight without values cannot be evaluated") {
  const Graph graph = graph_of("x = Input f32[2]\nc = Weight f32[2]\ny = Add(x, c)");
  const auto result = evaluate(graph, {{{DType::kF32, {2}}, {1, 2}}});
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().message == "the values of this weight are not known");
}

TEST_CASE("DOT shows live ops only") {
  Graph graph = graph_of("x = Input f32[4]\na = Relu(x)\ny = Neg(x)\nreturn y");
  graph.erase(op_named(graph, "a"));
  const std::string dot = to_dot(graph);
  CHECK(dot.find("Neg") != std::string::npos);
  CHECK(dot.find("Relu") == std::string::npos);
}

}  // namespace
}  // namespace tpuscope
