// Networks that a quantiser wrote: which tensors are 8-bit when the file decides, and what is left
// of them in other precisions.

#include "passes/precision/quantised_file.h"

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "tests/support/graphs.h"
#include "tests/support/passes.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

using testing::graph_of;

std::string lowered_text(std::string_view text, const PrecisionOptions& options) {
  Graph graph = graph_of(text);
  REQUIRE(lower_precision(graph, options).ok());
  REQUIRE(verify(graph).ok());
  return to_text(graph, {.types = true, .locations = false});
}

std::string as_the_file_says(std::string_view text) {
  return lowered_text(text, {.precision = DType::kI8, .int8 = Int8Choice::kFile});
}

/// The line that defines a tensor.
std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t at = ("\n" + text).find("\n" + name + " = ");
  REQUIRE_MESSAGE(at != std::string::npos, text);
  return text.substr(at, text.find('\n', at) - at);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// x, quantised, a convolution with 8-bit weights, a ReLU, quantised: what every tool writes.
constexpr std::string_view kQuantisedConv = R"(
    x = Input f32[1,3,4,4]
    s = Weight f32[] {0.5}
    z = Weight u8[] {128}
    w = Weight f32[2,3,1,1] stored="i8"
    q = Quantize(x, s, z) to="u8"
    d = Dequantize(q, s, z)
    c = Conv(d, w)
    r = Relu(c)
    p = Quantize(r, s, z) to="u8"
    y = Dequantize(p, s, z))";

TEST_CASE("a convolution between quantised tensors is 8-bit, and so is the ReLU behind it") {
  const std::string text = as_the_file_says(kQuantisedConv);
  CHECK(has(line_of(text, "c"), "i8[1,2,4,4]"));
  CHECK(has(line_of(text, "r"), "i8[1,2,4,4]"));
  CHECK(has(line_of(text, "w"), "i8[2,3,1,1]"));
  CHECK(has(line_of(text, "x_i8"), "scaled=true : i8"));  // the file's input is f32
  CHECK_FALSE(has(text, "Quantize"));
  CHECK_FALSE(has(text, "Dequantize"));
}

TEST_CASE("a convolution of real weights, or of a tensor that is not quantised, stays real") {
  const std::string weights = as_the_file_says(R"(
    x = Input f32[1,3,4,4]
    s = Weight f32[] {0.5}
    w = Weight f32[2,3,1,1]
    q = Quantize(x, s) to="i8"
    d = Dequantize(q, s)
    y = Conv(d, w))");
  CHECK(has(line_of(weights, "y"), "f16[1,2,4,4]"));
  const std::string tensor = as_the_file_says(R"(
    x = Input f32[1,3,4,4]
    s = Weight f32[] {0.5}
    w = Weight f32[2,3,1,1] stored="i8"
    y = Conv(x, w)
    q = Quantize(y, s) to="i8"
    o = Dequantize(q, s)
    return o)");
  CHECK(has(line_of(tensor, "y"), "f16[1,2,4,4]"));
}

TEST_CASE("a tensor that is both quantised and read as it is counts by reader") {
  const std::string text = as_the_file_says(R"(
    x = Input f32[1,4]
    s = Weight f32[] {0.5}
    w = Weight f32[4,4] stored="i8"
    a = Abs(x)
    q = Quantize(a, s) to="i8"
    d = Dequantize(q, s)
    m = MatMul(d, w)
    n = MatMul(a, w)
    return m, n)");
  CHECK(has(line_of(text, "m"), "i8[1,4]"));
  CHECK(has(line_of(text, "n"), "f16[1,4]"));
}

TEST_CASE("tensors of 16 bits are real numbers on a chip without 16-bit products") {
  const std::string text = as_the_file_says(R"(
    x = Input f32[1,4]
    s = Weight f32[] {0.5}
    w = Weight f32[4,4] stored="i8"
    q = Quantize(x, s) to="i16"
    d = Dequantize(q, s)
    y = MatMul(d, w))");
  CHECK(has(line_of(text, "y"), "f16[1,4]"));
}

TEST_CASE("views and pooling between the two of a pair are those of the real tensor") {
  const std::string text = as_the_file_says(R"(
    x = Input f32[1,2,4,4]
    s = Weight f32[] {0.5}
    w = Weight f32[8,3] stored="i8"
    q = Quantize(x, s) to="i8"
    p = MaxPool(q) kernel=[2,2] strides=[2,2]
    f = Reshape(p) shape=[1,8]
    d = Dequantize(f, s)
    y = MatMul(d, w))");
  CHECK(has(line_of(text, "y"), "i8[1,3]"));
  CHECK_FALSE(has(text, "Quantize"));
}

TEST_CASE("inputs and outputs of integers keep their bytes in any precision") {
  constexpr std::string_view kText = R"(
    x = Input u8[1,4]
    s = Weight f32[] {0.5}
    z = Weight u8[] {3}
    w = Weight f32[4,4] stored="i8"
    d = Dequantize(x, s, z)
    m = MatMul(d, w)
    y = Quantize(m, s, z) to="u8")";
  const std::string file = as_the_file_says(kText);
  CHECK(has(file, "x = Input i8[1,4]"));
  CHECK_FALSE(has(file, "Cast"));
  const std::string half = lowered_text(kText, {.precision = DType::kF16});
  CHECK(has(half, "x = Input u8[1,4]"));
  CHECK(has(line_of(half, "m"), "f16[1,4]"));
  CHECK(has(half, "to=\"u8\" scaled=true"));
}

TEST_CASE("sums of products of integers are real at once") {
  const std::string text = lowered_text(R"(
    x = Input f32[1,4]
    w = Weight f32[4,4] stored="i8"
    one = Weight f32[] {1}
    m = MatMul(x, w)
    i = Quantize(m, one) to="i32"
    f = Cast(i) to="f32"
    y = Abs(f))",
                                        {.precision = DType::kF32});
  CHECK_FALSE(has(text, "Cast"));
  CHECK(has(text, "y = Abs(m)"));
}

TEST_CASE("in f32 a quantised network is the one before the quantiser") {
  Graph graph = graph_of(kQuantisedConv);
  REQUIRE(lower_precision(graph, DType::kF32).ok());
  CHECK(to_text(graph, {.locations = false}) == testing::lines(R"(
      x = Input f32[1,3,4,4]
      w = Weight f32[2,3,1,1] stored="i8"
      c = Conv(x, w)
      r = Relu(c)
      return y=r)"));
}

TEST_CASE("a pair of different scales leaves their quotient") {
  const Graph before = graph_of(R"(
    x = Input f32[2]
    a = Weight f32[] {0.125}
    b = Weight f32[] {0.25}
    q = Quantize(x, a) to="i16"
    y = Dequantize(q, b))");
  Graph after = before;
  REQUIRE(lower_precision(after, DType::kF32).ok());
  testing::check_same_function(before, after);  // inputs are whole eighths
}

TEST_CASE("a network of quantised operators is 8-bit from end to end") {
  auto graph =
      load_graph(test::source_folder() + "/tests/cases/x32_q_operators_of_onnxruntime.onnx");
  REQUIRE(graph.ok());
  REQUIRE(lower_precision(*graph, {.precision = DType::kI8, .int8 = Int8Choice::kFile}).ok());
  for (const OpId id : graph->ops()) {
    const Op& op = (*graph)[id];
    if (op.def->layout == LayoutRule::kSource || op.is("Output") || op.is("Cast")) continue;
    CAPTURE(op.name);
    CHECK(op.results[0].type.dtype == DType::kI8);
  }
}

Graph case_of_quantiser(const std::string& name) {
  auto graph = load_graph(test::source_folder() + "/tests/cases/" + name + ".onnx");
  if (!graph.ok()) FAIL(graph.error().message);
  return *std::move(graph);
}

TEST_CASE("a quantised convolution is one of 8 bits, in either form that tools write") {
  for (const char* name : {"36_qdq_convolution", "37_qlinear_convolution"}) {
    CAPTURE(name);
    Graph graph = case_of_quantiser(name);
    REQUIRE(lower_precision(graph, {.precision = DType::kI8, .int8 = Int8Choice::kFile}).ok());
    std::size_t convolutions = 0;
    for (const OpId id : graph.ops()) {
      if (!graph[id].is("Conv")) continue;
      ++convolutions;
      CHECK(graph[id].results[0].type.dtype == DType::kI8);
      CHECK(graph.type(graph[id].inputs[0]).dtype == DType::kI8);
      CHECK(graph.type(graph[id].inputs[1]).dtype == DType::kI8);
    }
    CHECK(convolutions == 1);
  }
}

TEST_CASE("tensors of 16-bit integers are real numbers on the chip, and that is said") {
  Graph graph = case_of_quantiser("x19_qdq_uint16");
  CHECK(has(quantisation_note(graph, DType::kF16),
            "1 of 16 bits, for which the chip has no integer products, are f16"));
  REQUIRE(lower_precision(graph, {.precision = DType::kI8, .int8 = Int8Choice::kFile}).ok());
  CHECK_FALSE(has(to_text(graph, {.types = true}), ": u16"));
}

TEST_CASE("integers of 4 bits are computed in 8, floats of 8 bits in the float type") {
  const auto text = [](const std::string& type) {
    return as_the_file_says(
        "x = Input f32[1,8]\ns = Weight f32[] {0.5}\n"
        "w = Weight f32[8,4] stored=\"i4\"\nq = Quantize(x, s) to=\"" +
        type + "\"\nd = Dequantize(q, s)\ny = MatMul(d, w)");
  };
  CHECK(has(line_of(text("i4"), "y"), "i8[1,4]"));
  CHECK(has(line_of(text("f8e4m3"), "y"), "f16[1,4]"));
  CHECK(quantisation_note(graph_of("x = Input f32[8]\ns = Weight f32[] {0.5}\n"
                                   "q = Quantize(x, s) to=\"f8e4m3\"\ny = Dequantize(q, s)"),
                          DType::kF16) ==
        "8-bit where the file says so: 0 tensors; 1 of 8-bit floats, which the chip does not have, "
        "are f16");
}

TEST_CASE("what the file says is reported in one sentence") {
  CHECK(quantisation_note(graph_of(kQuantisedConv), DType::kF16) ==
        "8-bit where the file says so: 2 tensors");
  CHECK(is_quantised(graph_of(kQuantisedConv)));
  const Graph weights =
      graph_of("x = Input f32[1,2]\nw = Weight f32[2,2] stored=\"u4\"\ny = MatMul(x, w)");
  CHECK_FALSE(is_quantised(weights));
  CHECK(has_quantised_weights(weights));
  CHECK(quantisation_note(weights, DType::kF16) ==
        "the file quantises weights only; the network is f16");
}

}  // namespace
}  // namespace tpuscope
