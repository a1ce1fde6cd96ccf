// Tables of 8-bit functions: which ops have one, what is in it, and that it is loaded.

#include "passes/precision/tables.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "passes/compile.h"
#include "tests/support/passes.h"
#include "tests/support/simulation.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

TEST_CASE("an 8-bit function has the table that it looks up as its last operand") {
  Graph graph = graph_of("x = Input i8[1,4,2,2]\ny = Sigmoid(x)\nreturn y\n");
  const Graph before = graph;
  add_tables(graph);
  REQUIRE(verify(graph).ok());
  CHECK(to_text(graph, {.types = true}).find("y = Sigmoid(x, y_table) : i8[1,4,2,2]") !=
        std::string::npos);
  const Result<Graph> read = parse_graph(to_text(graph));
  REQUIRE(read.ok());
  CHECK(to_text(*read) == to_text(graph));
  testing::check_same_function(before, graph);
  const std::string once = to_text(graph);
  add_tables(graph);
  CHECK(to_text(graph) == once);
}

TEST_CASE("a table holds the function's result for each of the 256 operands") {
  Graph graph = graph_of("x = Input i8[1,4]\nz = HardSwish(x)\nreturn z\n");
  add_tables(graph);
  const std::vector<OpId> ops = graph.ops();
  const auto table =
      std::find_if(ops.begin(), ops.end(), [&](OpId op) { return graph[op].is("Weight"); });
  REQUIRE(table != ops.end());
  const HostTensor& results = *graph[*table].data;
  CHECK(results.type == table_type());
  CHECK(results[0] == 0);        // of -128: x * 0
  CHECK(results[128] == 0);      // of 0
  CHECK(results[128 + 1] == 1);  // 1 * 4 / 6, rounded
  CHECK(results[255] == 127);    // x itself above 3
}

TEST_CASE("what passes compute, and what works in other types, has no table") {
  for (const char* text : {"x = Input i8[1,4]\ny = Relu(x)\nreturn y\n",
                           "x = Input i8[1,4]\ny = LeakyRelu(x)\nreturn y\n",
                           "x = Input i8[1,4]\ny = Mul(x, x)\nreturn y\n",
                           "x = Input f16[1,4]\ny = Sigmoid(x)\nreturn y\n"}) {
    CAPTURE(text);
    Graph graph = graph_of(text);
    const std::string before = to_text(graph);
    add_tables(graph);
    CHECK(to_text(graph) == before);
  }
  // Two operands are a table's only where one was looked up.
  CHECK_FALSE(
      parse_graph("x = Input f16[1,4]\nt = Weight i8[1,1,1,256]\ny = Sigmoid(x, t)\n").ok());
  CHECK_FALSE(parse_graph("x = Input i8[1,4]\nt = Weight i8[256]\ny = Sigmoid(x, t)\n").ok());
}

TEST_CASE("alone and in a group each table is loaded once, for all tiles and slices") {
  Compiler compiler(graph_of(R"(
    x = Input f32[1,64,320,320]
    a = Sigmoid(x)
    y = Tanh(a)
    return y
  )"),
                    "");
  for (const GroupMethod method : {GroupMethod::kAlone, GroupMethod::kDp}) {
    Configuration configuration{};
    configuration.precision.precision = DType::kI8;
    choose_group_method(configuration, method);
    const Result<Run> run = compiler.run(configuration);
    REQUIRE(run.ok());
    std::int64_t loads = 0;
    for (const Command& command : run->simulation.program.commands) {
      if (command.kind != CommandKind::kLoadWeight) continue;
      ++loads;
      CHECK(command.bytes == table_type().bytes());
    }
    CHECK(loads == 2);
  }
}

}  // namespace
}  // namespace tpuscope
