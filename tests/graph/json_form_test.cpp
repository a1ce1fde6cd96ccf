// The JSON form: round trip, and what a broken file says.

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;

const char* const kSmall = R"({"kind": "tpuscope.graph", "schema": 1, "name": "n", "ops": [
  {"name": "x", "type": "Input", "inputs": [], "results": [{"name": "x", "dtype": "f32", "shape": [2]}]},
  {"name": "y", "type": "Relu", "inputs": ["x"], "results": [{"name": "y", "dtype": "f32", "shape": [2]}]},
  {"name": "y", "type": "Output", "inputs": ["y"], "results": []}]})";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("JSON holds everything that the text form shows") {
  const Graph graph = graph_of(R"(
    x = Input f32[2,3]
    c = Weight f32[3] {1, 2, 3.5}
    s = Add(x, c) loc("/a/Add")
    y = Permute(s) order=[1,0]
    return out=y
  )");
  const auto back = graph_from_json(to_json(graph), "g.json");
  REQUIRE(back.ok());
  CHECK(to_text(*back, {.types = true}) == to_text(graph, {.types = true}));
  CHECK(to_json(*back) == to_json(graph));
}

TEST_CASE("infinities come back, in values and in attributes") {
  const Graph graph = graph_of(R"(
    x = Input f32[2]
    mask = Weight f32[2] {0, -inf}
    s = Add(x, mask)
    y = Pad(s) pads=[0,1] value=-inf
    return y
  )");
  const auto back = graph_from_json(to_json(graph), "g.json");
  if (!back.ok()) FAIL(back.error().where, ": ", back.error().message);
  CHECK(to_json(*back) == to_json(graph));
  CHECK(to_json(graph).find("null") == std::string::npos);
  CHECK_FALSE(graph_from_json(changed(to_json(graph), "\"-inf\"", "\"minus\""), "g").ok());
}

TEST_CASE("ops of a file may come in any order") {
  const std::string reversed = R"({"kind": "tpuscope.graph", "schema": 1, "name": "n", "ops": [
  {"name": "y", "type": "Output", "inputs": ["y"], "results": []},
  {"name": "y", "type": "Relu", "inputs": ["x"], "results": [{"name": "y", "dtype": "f32", "shape": [2]}]},
  {"name": "x", "type": "Input", "inputs": [], "results": [{"name": "x", "dtype": "f32", "shape": [2]}]}]})";
  CHECK(graph_from_json(reversed, "g.json").ok());
}

TEST_CASE("a broken file gets one error with its place") {
  REQUIRE(graph_from_json(kSmall, "g").ok());
  struct Case {
    std::string from, to, message, where;
  };
  for (const Case& bad : std::vector<Case>{
           {"\"schema\": 1", "\"schema\": 9", "schema 9 is not known, 1 is", "g:/schema"},
           {"\"schema\": 1", "\"schema\": 1, \"schema\": 1",
            "key \"schema\" appears twice in one object", "g"},
           {"\"name\": \"n\"", "\"nome\": \"n\"", "unknown key \"nome\"", "g:/"},
           {"\"Relu\"", "\"Rellu\"", "unknown op type \"Rellu\"", "g:/ops/1: y"},
           {"\"inputs\": [\"x\"]", "\"inputs\": [\"y\"]", "the graph has a cycle: y -> y", "g: y"},
           {"\"inputs\": [\"x\"]", "\"inputs\": [\"q\"]", "reads tensor \"q\", which nothing makes",
            "g: y"},
           {"\"inputs\": [\"x\"]", "\"inputs\": [\"\"]", "an operand's name is empty",
            "g:/ops/1/inputs"},
           {"\"dtype\": \"f32\"", "\"dtype\": \"f31\"", "\"f31\" is not an element type",
            "g:/ops/0/results/0/dtype"},
           {"[2]", "[3]", "result is f32[2], the shape rule of Relu says f32[3]", "g:/ops/1"},
           {"[2]", "[-3]", "shape [-3] has a negative extent", "g:/ops/0/results/0/shape"},
           {"[2]", "\"2\"", "expected an array, found string", "g:/ops/0/results/0/shape"},
       }) {
    CAPTURE(bad.to);
    const auto graph = graph_from_json(changed(kSmall, bad.from, bad.to), "g");
    REQUIRE_FALSE(graph.ok());
    CHECK(graph.error().message == bad.message);
    CHECK(graph.error().where == bad.where);
  }
}

TEST_CASE("text that is no JSON names the line") {
  const auto graph = graph_from_json("{\n\"kind\": }", "g");
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().where == "g:2");
  CHECK_FALSE(graph_from_json(std::string(100000, '['), "g").ok());
}

}  // namespace
}  // namespace tpuscope
