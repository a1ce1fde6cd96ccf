// Names as the vendor's compiler writes them, and the ops that they stand for.

#include "passes/planner/compiler_names.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

/// The name of the op that is found, or "-".
std::string found_name(const Graph& graph, const std::string& name) {
  const std::optional<OpId> op = CompilerNames(graph).find(name);
  return op ? graph[*op].name : "-";
}

Graph casted_network() {
  return testing::graph_of(R"(
    x = Input f32[1,8,4,4]
    x_half = Cast(x) to="f16"
    a_1 = Relu(x_half)
    b = Sigmoid(a_1)
    c = Cast(b) to="f32"
    return c
  )");
}

TEST_CASE("a tensor is found by its name, with the operator behind it or with more") {
  const Graph graph = casted_network();
  CHECK(found_name(graph, "b") == "b");
  CHECK(found_name(graph, "b_Sigmoid") == "b");
  CHECK(found_name(graph, "a_1_Relu_head_3") == "a_1");
  CHECK(found_name(graph, "d_Sigmoid") == "-");
  CHECK(found_name(graph, "bb") == "-");
}

TEST_CASE("a cast is found by what it reads and who reads it") {
  const Graph graph = casted_network();
  CHECK(found_name(graph, "xa_1_Relu_f16") == "x_half");
  CHECK(found_name(graph, "b_Sigmoid_f32") == "c");
  // Where there is no cast here the name stands for nothing, not for what the cast reads.
  CHECK(found_name(graph, "a_1_Reluc_f16") == "-");
  CHECK(found_name(graph, "_f16") == "-");
  CHECK(found_name(graph, "q_f16") == "-");
  CHECK(is_cast_name("a_1_Reluc_f16"));
  CHECK_FALSE(is_cast_name("a_1_Relu"));
}

TEST_CASE("inputs and weights are no ops") {
  const Graph graph = casted_network();
  CHECK(found_name(graph, "x") == "-");
}

TEST_CASE("a node's first result in a file of PyTorch stands for the node's last op") {
  Graph graph = testing::graph_of(R"(
    x = Input f16[1,8,4,4]
    made = Relu(x)
    y = Sigmoid(made)
    return y
  )");
  for (const OpId op : graph.ops()) {
    if (graph[op].name == "made") graph.set_origin(op, {"/net/act/Relu"});
  }
  CHECK(found_name(graph, "/net/act/Relu_output_0_Relu") == "made");
  CHECK(found_name(graph, "/net/other/Relu_output_0") == "-");
}

}  // namespace
}  // namespace tpuscope
