// Precision tables: what they change, and what of them is refused.

#include "passes/precision/precision_table.h"

#include <doctest/doctest.h>

#include "passes/precision/precision.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

constexpr std::string_view kPrecisionTableNetwork = R"(
  x = Input f32[2,2]
  w = Weight f32[2,2]
  block.0.fc = MatMul(x, w)
  block.1.fc = MatMul(block.0.fc, w)
  y = Sigmoid(block.1.fc)
)";

/// Types of the results of all ops but Casts, by name.
std::string types_with(std::string_view table, DType precision = DType::kI8) {
  Graph graph = graph_of(kPrecisionTableNetwork);
  const auto parsed = parse_precision_table(table, "table.json");
  if (!parsed.ok()) FAIL(parsed.error().where, ": ", parsed.error().message);
  REQUIRE(lower_precision(graph, {.precision = precision, .table = *parsed}).ok());
  REQUIRE(verify(graph).ok());
  std::string text;
  for (const OpId op : graph.topological_order()) {
    if (graph[op].is("MatMul") || graph[op].is("Sigmoid")) {
      text += std::string(name_of(graph[op].results[0].type.dtype)) + " ";
    }
  }
  return text;
}

Error error_of_precision_table(std::string_view table) {
  const auto parsed = parse_precision_table(table, "table.json");
  if (!parsed.ok()) return parsed.error();
  Graph graph = graph_of(kPrecisionTableNetwork);
  const Status status = lower_precision(graph, {.precision = DType::kI8, .table = *parsed});
  REQUIRE_FALSE(status.ok());
  return status.error();
}

TEST_CASE("entries name ops by pattern and by type, and the last that matches counts") {
  CHECK(types_with("{}") == "i8 i8 i8 ");
  CHECK(types_with(R"({"entries": [{"op": "block.1.fc", "precision": "f16"}]})") == "i8 f16 i8 ");
  CHECK(types_with(R"({"entries": [{"op": "block.*", "precision": "f32"}]})") == "f32 f32 i8 ");
  // A sigmoid has no form of 16 bits.
  CHECK(types_with(R"({"entries": [{"type": "Sigmoid", "precision": "bf16"}]})") == "i8 i8 f32 ");
  CHECK(types_with(R"({"entries": [{"type": "MatMul", "precision": "f32"},
                                   {"op": "*.0.*", "precision": "f16"}]})") == "f16 f32 i8 ");
  CHECK(types_with(R"({"entries": [{"op": "*", "type": "MatMul", "precision": "int8"}]})",
                   DType::kF32) == "i8 i8 f32 ");
}

TEST_CASE("an op without an 8-bit form stays in float though the table says int8") {
  Graph graph = graph_of("x = Input f32[2,2]\ny = Softmax(x) axis=0");
  const auto table =
      parse_precision_table(R"({"entries": [{"op": "y", "precision": "int8"}]})", "table.json");
  REQUIRE(lower_precision(graph, {.precision = DType::kF32, .table = *table}).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[2,2]
    x_f16 = Cast(x) to="f16" : f16[2,2]
    y = Softmax(x_f16) axis=0 : f16[2,2]
    y_f32 = Cast(y) to="f32" : f32[2,2]
    return y=y_f32
  )"));
}

TEST_CASE("inputs and outputs can be native one by one") {
  Graph graph = graph_of("x = Input f32[2]\ny = Relu(x)");
  const auto table = parse_precision_table(R"({"inputs": "native"})", "table.json");
  REQUIRE(lower_precision(graph, {.precision = DType::kF16, .table = *table}).ok());
  CHECK(to_text(graph) == lines(R"(
    x = Input f16[2]
    y = Relu(x)
    y_f32 = Cast(y) to="f32"
    return y=y_f32
  )"));
}

TEST_CASE("mistakes are reported with their place and a way out") {
  const Error name =
      error_of_precision_table(R"({"entries": [{"op": "block.0.fd", "precision": "f16"}]})");
  CHECK(name.where == "table.json:/entries/0/op");
  CHECK(name.hint == "did you mean \"block.0.fc\"?");
  const Error far =
      error_of_precision_table(R"({"entries": [{"op": "encoder*", "precision": "f16"}]})");
  CHECK(far.message == "no op is called \"encoder*\"");
  const Error both = error_of_precision_table(
      R"({"entries": [{"op": "block*", "type": "Sigmoid", "precision": "f16"}]})");
  CHECK(both.message == "no Sigmoid is called \"block*\"");
  const Error type =
      error_of_precision_table(R"({"entries": [{"type": "MatMull", "precision": "f16"}]})");
  CHECK(type.where == "table.json:/entries/0/type");
  CHECK(type.hint == "did you mean \"MatMul\"?");
  const Error precision =
      error_of_precision_table(R"({"entries": [{"op": "y", "precision": "f17"}]})");
  CHECK(precision.where == "table.json:/entries/0/precision");
  CHECK(precision.hint == "did you mean \"f16\"?");
  CHECK(error_of_precision_table(R"({"entries": [{"precision": "f16"}]})").message ==
        "the entry names no ops");
  CHECK(error_of_precision_table(R"({"entries": [{"op": "y"}]})").message ==
        "key \"precision\" is missing");
  CHECK(error_of_precision_table(R"({"entires": []})").hint.find("entries") != std::string::npos);
  CHECK(error_of_precision_table(R"({"outputs": "natve"})").hint == "did you mean \"native\"?");
  CHECK(error_of_precision_table("[]").message == "expected an object, found array");
}

TEST_CASE("all wrong entries are reported at once") {
  const auto table = parse_precision_table(
      R"({"entries": [{"op": "y", "precision": "f8"}, {"type": "Foo", "precision": "f16"}]})",
      "table.json");
  REQUIRE_FALSE(table.ok());
  CHECK(table.errors().size() == 2);
}

TEST_CASE("a pattern matches the whole name") {
  CHECK(matches_glob("a*c", "abbc"));
  CHECK(matches_glob("*b*b*", "abcbd"));
  CHECK(matches_glob("a?c", "abc"));
  CHECK(matches_glob("*", ""));
  CHECK_FALSE(matches_glob("a*c", "abbcd"));
  CHECK_FALSE(matches_glob("a?c", "ac"));
  CHECK_FALSE(matches_glob("", "a"));
}

}  // namespace
}  // namespace tpuscope
