// INT8: which ops become 8-bit, which stay in float, and where the Casts between them stand.

#include <doctest/doctest.h>

#include "passes/precision/int8_rules.h"
#include "passes/precision/precision.h"
#include "tests/support/graphs.h"
#include "tests/support/ops.h"

namespace tpuscope {
namespace {

using testing::graph_of;
using testing::last_op;
using testing::lines;

Graph int8_of(std::string_view text, DType float_type = DType::kF16) {
  Graph graph = graph_of(text);
  REQUIRE(lower_precision(graph, {.precision = DType::kI8, .float_type = float_type}).ok());
  REQUIRE(verify(graph).ok());
  return graph;
}

/// Type in which the last op that is no Cast works.
DType type_of_last(const Graph& graph) {
  DType type = DType::kBool;
  for (const OpId op : graph.topological_order()) {
    if (graph[op].results.empty() || graph[op].is("Cast") || graph[op].is("Weight")) continue;
    type = graph[op].results[0].type.dtype;
  }
  return type;
}

DType int8_type(std::string_view text) {
  return type_of_last(int8_of(text));
}

TEST_CASE("a product becomes 8-bit with a 32-bit bias, between scaled Casts on the borders") {
  const Graph graph = int8_of(R"(
    x = Input f32[1,2]
    w = Weight f32[2,2] {0.5, -1, 0.25, 0}
    b = Weight f32[2] {1, -0.5}
    y = MatMul(x, w, b)
  )");
  // Weights: 127 / 1 steps per unit. 0.5 and 0.25 lie between two of them: ties go to even.
  CHECK(to_text(graph, {.types = true}) == lines(R"(
    x = Input f32[1,2]
    x_i8 = Cast(x) to="i8" scaled=true : i8[1,2]
    w = Weight i8[2,2] {64, -127, 32, 0}
    b = Weight i32[2] {2147483647, -1073741824}
    y = MatMul(x_i8, w, b) : i8[1,2]
    y_f32 = Cast(y) to="f32" scaled=true : f32[1,2]
    return y=y_f32
  )"));
}

TEST_CASE("softmax and norms stay in float between products, with one Cast on either side") {
  const Graph graph = int8_of(R"(
    x = Input f32[4,4]
    w = Weight f32[4,4]
    a = MatMul(x, w)
    s = Softmax(a) axis=0
    y = MatMul(s, w)
  )");
  CHECK(to_text(graph) == lines(R"(
    x = Input f32[4,4]
    x_i8 = Cast(x) to="i8" scaled=true
    w = Weight i8[4,4]
    a = MatMul(x_i8, w)
    a_f16 = Cast(a) to="f16" scaled=true
    s = Softmax(a_f16) axis=0
    s_i8 = Cast(s) to="i8" scaled=true
    y = MatMul(s_i8, w)
    y_f32 = Cast(y) to="f32" scaled=true
    return y=y_f32
  )"));
}

TEST_CASE("on a chip without f16 the float ops are f32") {
  const std::string_view text = "x = Input f32[4,4]\ny = Softmax(x) axis=0";
  CHECK(type_of_last(int8_of(text, DType::kF16)) == DType::kF16);
  CHECK(type_of_last(int8_of(text, DType::kF32)) == DType::kF32);
  CHECK(float_type_of(*load_chip("bm1684x")) == DType::kF16);
  CHECK(float_type_of(*load_chip("bm1684x", {{"cube.f16_channels", "0"}})) == DType::kF32);
}

TEST_CASE("functions of one tensor are 8-bit: tables of 256 results") {
  for (const std::string op : {"Gelu", "Sigmoid", "Silu", "Tanh", "Mish", "HardSwish", "LeakyRelu",
                               "Exp", "Log", "Reciprocal", "Sqrt", "Floor"}) {
    CHECK(int8_type("x = Input f32[2,3]\ny = " + op + "(x)") == DType::kI8);
  }
  CHECK(int8_type("x = Input f32[2,3]\ny = IsNaN(x)\nz = Cast(y) to=\"f32\"") != DType::kI8);
}

TEST_CASE("limits are 8-bit from 0 on, others float") {
  CHECK(int8_type("x = Input f32[2,3]\na = Neg(x)\ny = Clip(a) min=0.0 max=6.0") == DType::kI8);
  CHECK(int8_type("x = Input f32[2,3]\na = Neg(x)\ny = Clip(a) min=-1.0 max=6.0") == DType::kF16);
}

TEST_CASE("softmax over channels has a table, a mean of maps is a pool; other rows are float") {
  CHECK(int8_type("x = Input f32[2,3,4]\ny = Softmax(x) axis=1") == DType::kI8);
  CHECK(int8_type("x = Input f32[2,3,4]\ny = Softmax(x) axis=2") == DType::kF16);
  const std::string maps = "x = Input f32[2,3,4,4]\ny = Reduce(x) mode=\"mean\" axes=";
  CHECK(int8_type(maps + "[2,3]") == DType::kI8);
  CHECK(int8_type(maps + "[3]") == DType::kF16);
}

TEST_CASE("quotients are 8-bit by a constant only, products of matrices not with one on the left") {
  const std::string inputs = "x = Input f32[2,2]\nz = Input f32[2,2]\nw = Weight f32[2,2]\n";
  CHECK(int8_type(inputs + "y = Div(x, w)") == DType::kI8);
  CHECK(int8_type(inputs + "y = Div(x, z)") == DType::kF32);
  CHECK(int8_type(inputs + "y = MatMul(x, w)") == DType::kI8);
  CHECK(int8_type(inputs + "y = MatMul(x, z)") == DType::kI8);
  CHECK(int8_type(inputs + "y = MatMul(w, x)") == DType::kF16);
}

TEST_CASE("what moves elements keeps their type, and so does a ReLU") {
  const std::string product = "x = Input f32[2,2]\nw = Weight f32[2,2]\na = MatMul(x, w)\n";
  const std::string softmax = "x = Input f32[2,2]\na = Softmax(x) axis=0\n";
  for (const std::string op : {"Permute(a) order=[1,0]", "Reshape(a) shape=[4]", "Relu(a)"}) {
    CHECK(int8_type(product + "y = " + op) == DType::kI8);
    CHECK(int8_type(softmax + "y = " + op) == DType::kF16);
  }
  // What is small stays small: a concat of both is 8-bit.
  CHECK(int8_type("x = Input f32[2,2]\nw = Weight f32[2,2]\na = MatMul(x, w)\n"
                  "s = Softmax(x) axis=0\ny = Concat(s, a) axis=1") == DType::kI8);
}

TEST_CASE("sums are 8-bit, residual sums that norms read as well; selecting follows its operand") {
  CHECK(int8_type("x = Input f32[2,3]\nz = Input f32[2,3]\ns = Add(x, z)\ny = LayerNorm(s)") ==
        DType::kF16);
  const Graph graph = int8_of(
      "x = Input f32[2,3]\nz = Input f32[2,3]\ns = Add(x, z)\n"
      "y = LayerNorm(s)");
  for (const OpId op : graph.ops()) {
    if (graph[op].is("Add")) CHECK(graph.type(Value{op, 0}).dtype == DType::kI8);
  }
  CHECK(int8_type("c = Input bool[2,3]\nx = Input f32[2,3]\na = Neg(x)\ny = Where(c, a, x)") ==
        DType::kI8);
}

TEST_CASE("a constant read by an 8-bit and by a float op stands there twice") {
  const Graph graph = int8_of(R"(
    x = Input f32[2]
    w = Weight f32[2] {1, 2}
    a = Mul(x, w)
    y = Pow(a, w)
  )");
  CHECK(to_text(graph) == lines(R"(
    x = Input f32[2]
    x_i8 = Cast(x) to="i8" scaled=true
    w = Weight i8[2] {64, 127}
    a = Mul(x_i8, w)
    a_f32 = Cast(a) to="f32" scaled=true
    w_f32 = Weight f32[2] {1, 2}
    y = Pow(a_f32, w_f32)
    return y
  )"));
}

TEST_CASE("views of a constant take the type that is wanted behind them") {
  const Graph graph = int8_of(R"(
    x = Input f32[1,2]
    w = Weight f32[2,2]
    b = Weight f32[1,2]
    r = Reshape(b) shape=[2]
    y = MatMul(x, w, r)
  )");
  for (const OpId op : graph.ops()) {
    if (graph[op].is("Reshape")) CHECK(graph[op].results[0].type.dtype == DType::kI32);
  }
}

TEST_CASE("with native inputs and outputs nobody casts on the borders") {
  Graph graph = graph_of("x = Input f32[2,2]\nw = Weight f32[2,2]\ny = MatMul(x, w)");
  REQUIRE(lower_precision(graph, {.precision = DType::kI8, .boundary = Boundary::kNative}).ok());
  CHECK(to_text(graph) == lines(R"(
    x = Input i8[2,2]
    w = Weight i8[2,2]
    y = MatMul(x, w)
    return y
  )"));
}

TEST_CASE("integers and infinite weights survive") {
  const Graph graph = int8_of(R"(
    i = Input i64[2]
    t = Weight f32[4,2] {1, -1, 2, 3, 4, 5, 6, 7}
    g = Gather(t, i) axis=0
    m = Weight f32[2] {-inf, 2}
    y = Add(g, m)
  )");
  CHECK(type_of_last(graph) == DType::kI8);
  for (const OpId op : graph.ops()) {
    if (graph[op].is("Input")) CHECK(graph[op].results[0].type.dtype == DType::kI64);
    if (graph[op].name == "m") CHECK(graph[op].data->values == std::vector<double>{-127, 127});
  }
}

TEST_CASE("what indices pick is moved as floats, what a slice takes in 8 bits") {
  const std::string operands = "x = Input f32[8,4]\na = Sigmoid(x)\n";
  const auto type_of_op = [&](const std::string& text, std::string_view type) {
    const Graph graph = int8_of(operands + text);
    DType found = DType::kBool;
    for (const OpId op : graph.ops())
      found = graph[op].is(type) ? graph[op].results[0].type.dtype : found;
    return found;
  };
  CHECK(type_of_op("i = Input i64[2]\ny = Gather(a, i) axis=0", "Gather") == DType::kF16);
  CHECK(type_of_op("i = Input i64[2,4]\ny = GatherElements(a, i)", "GatherElements") ==
        DType::kF16);
  CHECK(type_of_op("y = Slice(a) starts=[1,0] extents=[2,4]", "Slice") == DType::kI8);
}

TEST_CASE("an INT8 network cannot be evaluated, since its scales are not known") {
  const Graph graph = int8_of("x = Input f32[2]\ny = Sigmoid(x)");
  const auto result = evaluate(graph, {HostTensor::zeros({DType::kF32, {2}})});
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace tpuscope
