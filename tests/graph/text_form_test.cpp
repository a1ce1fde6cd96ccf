// The text form: what is printed reads back, and mistakes name their line.

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

TEST_CASE("what is printed reads back to the same text") {
  const std::string text = lines(R"(
    x = Input f32[1,3,8,8]
    w = Weight f32[8,3,3,3]
    c = Weight f32[2] {0.5, -1}
    y = Conv(x, w) strides=[2,2] pads=[1,1,1,1] dilations=[1,1]
    "odd name" = Permute(y) order=[0,2,3,1] loc("/layer 1/Transpose")
    return "odd name", logits=y
  )");
  CHECK(to_text(graph_of(text)) == to_text(graph_of(to_text(graph_of(text)))));
  const std::string printed = to_text(graph_of(text));
  CHECK(printed.find("return \"odd name\", logits=y\n") != std::string::npos);
  CHECK(printed.find("loc(\"/layer 1/Transpose\")") != std::string::npos);
  CHECK(printed.find("{0.5, -1}") != std::string::npos);
}

TEST_CASE("a negative zero among the values stays one") {
  const Graph graph = graph_of("w = Weight f32[3] {0.5, -.0, 0}\ny = Neg(w)");
  const std::string printed = to_text(graph);
  CHECK(printed.find("{0.5, -0.0, 0}") != std::string::npos);
  CHECK(to_text(graph_of(printed)) == printed);
}

TEST_CASE("without a return, results that nothing uses are the outputs") {
  const Graph graph = graph_of(R"(
    x = Input f32[4]
    a = Relu(x)
    b = Neg(x)
    c = Relu(a)
  )");
  CHECK(graph.outputs().size() == 2);
  CHECK(to_text(graph).ends_with("return b, c\n"));
}

TEST_CASE("types are printed on demand and checked when given") {
  const Graph graph = graph_of("x = Input f32[2,3]\ny = Permute(x) order=[1,0] : f32[3,2]");
  CHECK(to_text(graph, {.types = true}).find("order=[1,0] : f32[3,2]") != std::string::npos);
  const auto wrong = parse_graph("x = Input f32[2,3]\ny = Permute(x) order=[1,0] : f32[2,3]", "t");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().message == "\"y\" is f32[3,2], not f32[2,3]");
}

TEST_CASE("every mistake in a text is reported with its line") {
  const auto graph =
      parse_graph("x = Input f32[2]\ny = Rellu(x)\nz = Relu(xx)\nw = Relu(x", "net.tpu");
  REQUIRE_FALSE(graph.ok());
  REQUIRE(graph.errors().size() == 3);
  CHECK(graph.errors()[0].where == "net.tpu:2: y");
  CHECK(graph.errors()[0].hint == "did you mean \"Relu\"?");
  CHECK(graph.errors()[1].message == "\"xx\" is not defined above");
  CHECK(graph.errors()[2].message == "expected ',' before the end of the line");
}

TEST_CASE("malformed text is refused") {
  for (const char* text : {
           "x = Input f32[2] {1}",                          // too few values
           "x = Input f32[-2]",                             // negative extent
           "x = Input f99[2]",                              // no such type
           "x = Input f32[2]\nx = Relu(x)",                 // defined twice
           "x = Input f32[2]\ny = Relu(x) alpha=1",         // no such attribute
           "x = Input f32[2]\ny = Relu(x, x)",              // too many operands
           "x = Input f32[2,2]\ny = Permute(x)",            // a required attribute is missing
           "x = Input f32[2]\nreturn y",                    // returns what is not there
           "x = Input f32[1048576,1048576,1048576]",        // absurd size
           "x = Input f32[2]\ny = Permute(x) order=\"a\"",  // wrong kind
           "x = Input f32[2]\ny = LeakyRelu(x) alpha=nan",  // not a number
           "x = ",
           "= Relu()",
           "\"",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_graph(text, "t").ok());
  }
}

TEST_CASE("a graph needs an output") {
  const auto graph = parse_graph("x = Input f32[2]", "t");
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().message == "the graph has no output");
}

}  // namespace
}  // namespace tpuscope
