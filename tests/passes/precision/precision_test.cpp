// Precision lowering: what becomes f16, and where the Casts stand.

#include "passes/precision/precision.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::lines;

TEST_CASE("the inside becomes f16, the borders stay f32 behind Casts") {
  Graph graph = graph_of(R"(
    x = Input f32[2,3]
    c = Weight f32[3] {1, 2, 0.1}
    y = Add(x, c)
  )");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  REQUIRE(verify(graph).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[2,3]
    x_f16 = Cast(x) to="f16" : f16[2,3]
    c = Weight f16[3] {1, 2, 0.0999755859375}
    y = Add(x_f16, c) : f16[2,3]
    y_f32 = Cast(y) to="f32" : f32[2,3]
    return y=y_f32
  )"));
}

TEST_CASE("quotients and functions made of several stay f32 between two Casts") {
  Graph graph = graph_of("x = Input f32[2,3]\na = Abs(x)\ny = Sigmoid(a)\nz = Abs(y)");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[2,3]
    x_f16 = Cast(x) to="f16" : f16[2,3]
    a = Abs(x_f16) : f16[2,3]
    a_f32 = Cast(a) to="f32" : f32[2,3]
    y = Sigmoid(a_f32) : f32[2,3]
    y_f16 = Cast(y) to="f16" : f16[2,3]
    z = Abs(y_f16) : f16[2,3]
    z_f32 = Cast(z) to="f32" : f32[2,3]
    return z=z_f32
  )"));
}

TEST_CASE("an exponential alone has a 16-bit form") {
  Graph graph = graph_of("x = Input f32[2,3]\ny = Exp(x)");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[2,3]
    x_f16 = Cast(x) to="f16" : f16[2,3]
    y = Exp(x_f16) : f16[2,3]
    y_f32 = Cast(y) to="f32" : f32[2,3]
    return y=y_f32
  )"));
}

TEST_CASE("values of weights stay unrounded on demand, whatever their type says") {
  Graph graph = graph_of("x = Input f32[1]\nc = Weight f32[1] {0.1}\ny = Add(x, c)");
  Graph rounded = graph;
  REQUIRE(lower_precision(graph, DType::kF16, LoweredValues::kKept).ok());
  REQUIRE(lower_precision(rounded, DType::kF16, LoweredValues::kRounded).ok());
  const auto weight_of = [](const Graph& lowered) -> const HostTensor& {
    for (const OpId op : lowered.ops()) {
      if (lowered[op].is("Weight")) return *lowered[op].data;
    }
    unreachable();
  };
  CHECK(weight_of(graph).type.dtype == DType::kF16);
  CHECK(weight_of(graph)[0] == rounded_to(DType::kF32, 0.1));
  CHECK(weight_of(rounded)[0] == rounded_to(DType::kF16, 0.1));
}

TEST_CASE("f32 changes nothing") {
  Graph graph = graph_of("x = Input f32[2]\ny = Relu(x)");
  const std::string before = to_text(graph);
  REQUIRE(lower_precision(graph, DType::kF32).ok());
  CHECK(to_text(graph) == before);
}

TEST_CASE("integers stay integers, and casts to f32 inside become casts to f16") {
  Graph graph = graph_of("x = Input i32[2]\na = Cast(x) to=\"f32\"\ny = Relu(a)");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  REQUIRE(verify(graph).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input i32[2]
    a = Cast(x) to="f16" : f16[2]
    y = Relu(a) : f16[2]
    y_f32 = Cast(y) to="f32" : f32[2]
    return y=y_f32
  )"));
}

TEST_CASE(
    "functions made of quotients are f32 between Casts, and neighbours of that kind share none") {
  Graph graph = graph_of(R"(
    x = Input f32[2,3]
    a = Exp(x)
    b = Sigmoid(a)
    c = Tanh(b)
    d = Reshape(c) shape=[3,2]
    y = Sqrt(d)
  )");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  REQUIRE(verify(graph).ok());
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[2,3]
    x_f16 = Cast(x) to="f16" : f16[2,3]
    a = Exp(x_f16) : f16[2,3]
    a_f32 = Cast(a) to="f32" : f32[2,3]
    b = Sigmoid(a_f32) : f32[2,3]
    c = Tanh(b) : f32[2,3]
    c_f16 = Cast(c) to="f16" : f16[2,3]
    d = Reshape(c_f16) shape=[3,2] : f16[3,2]
    d_f32 = Cast(d) to="f32" : f32[3,2]
    y = Sqrt(d_f32) : f32[3,2]
    return y
  )"));
}

TEST_CASE(
    "what is piecewise linear and a division by a constant stay in 16 bits, one by a tensor not") {
  Graph graph = graph_of(R"(
    x = Input f32[2,3]
    c = Weight f32[] {8}
    a = HardSwish(x)
    b = Div(a, c)
    y = Div(b, a)
  )");
  REQUIRE(lower_precision(graph, DType::kF16).ok());
  const auto type_of = [&](std::string_view name) {
    for (const OpId op : graph.ops()) {
      if (graph[op].name == name) return graph[op].results[0].type.dtype;
    }
    unreachable();
  };
  CHECK(type_of("a") == DType::kF16);
  CHECK(type_of("b") == DType::kF16);
  CHECK(type_of("y") == DType::kF32);
}

TEST_CASE("an unknown precision is a usage error with a suggestion") {
  const auto precision = parse_precision("f17");
  REQUIRE_FALSE(precision.ok());
  CHECK(precision.error().hint == "did you mean \"f16\"?");
}

}  // namespace
}  // namespace tpuscope
