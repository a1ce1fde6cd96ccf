// Networks as ONNX: what is written is read back as the same function, whatever the op.

#include <cmath>
#include <set>

#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>

#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "graph/onnx/emission.h"
#include "tests/support/graphs.h"
#include "tests/support/op_examples.h"

namespace tpuscope {
namespace {

using testing::example_inputs;
using testing::graph_of;
using testing::op_examples;
using testing::OpExample;

Result<std::string> onnx_of(const Graph& graph) {
  StringSink bytes;
  TPU_TRY_STATUS(writer_called<Graph>(".onnx").write(graph, {}, bytes));
  return bytes.text();
}

std::string written_onnx_writer(const Graph& graph) {
  Result<std::string> bytes = onnx_of(graph);
  if (!bytes.ok()) FAIL(bytes.error().where, ": ", bytes.error().message);
  return *std::move(bytes);
}

Graph read_back(const std::string& bytes) {
  Result<Graph> graph =
      read_graph("written.onnx", bytes, {.bound_inputs = {}, .keep_all_data = true});
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  return *std::move(graph);
}

onnx::ModelProto proto_of(std::string_view text) {
  onnx::ModelProto model;
  REQUIRE(model.ParseFromString(written_onnx_writer(graph_of(text))));
  return model;
}

std::vector<HostTensor> results_of(const Graph& graph, const OpExample& example) {
  Result<std::vector<HostTensor>> results = evaluate(graph, example_inputs(graph, example));
  if (!results.ok()) FAIL(results.error().where, ": ", results.error().message);
  return *std::move(results);
}

bool close(const HostTensor& a, const HostTensor& b) {
  if (a.type != b.type) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const bool equal = a.values[i] == b.values[i] ||
                       (std::isnan(a.values[i]) && std::isnan(b.values[i])) ||
                       std::abs(a.values[i] - b.values[i]) <= 1e-5 * (1 + std::abs(a.values[i]));
    if (!equal) return false;
  }
  return true;
}

/// An op that this file registers without an emission.
constexpr std::string_view kUnwritable = "WithoutForm";

TPU_REGISTER(
    register_op({.name = kUnwritable, .summary = "for a test", .infer = [](const OpView& op) {
                   return Result<std::vector<TensorType>>(op.inputs);
                 }}));

TEST_CASE("every op is read back as the same function") {
  for (const OpExample& example : op_examples()) {
    INFO(example.text);
    const Graph graph = graph_of(example.text);
    const Graph again = read_back(written_onnx_writer(graph));
    const auto expected = results_of(graph, example);
    const auto found = results_of(again, example);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(close(found[i], expected[i]));
  }
}

TEST_CASE("the examples cover every op, so that a new one cannot be forgotten") {
  std::set<std::string_view> covered;
  for (const OpExample& example : op_examples()) {
    const Graph graph = graph_of(example.text);
    for (const OpId op : graph.ops())
      covered.insert(graph[op].def->name);
  }
  for (const std::string& name : OpRegistry::instance().names()) {
    const OpDef& def = *OpRegistry::instance().find(name);
    if (def.layout == LayoutRule::kSource || def.layout == LayoutRule::kSink) continue;
    if (name == kUnwritable || def.evaluate == nullptr) continue;  // no function, as of the host
    CHECK_MESSAGE(covered.contains(name), name);
    CHECK_MESSAGE(OnnxWritingRegistry::instance().find(name) != nullptr, name);
  }
}

TEST_CASE("names of inputs, outputs, tensors and nodes are kept") {
  const onnx::ModelProto model = proto_of(R"(
    image = Input f32[2]
    hidden = Relu(image) loc("/stem/Relu")
    y = Sigmoid(hidden)
    return y)");
  const onnx::GraphProto& graph = model.graph();
  REQUIRE(graph.node_size() == 2);
  CHECK(graph.node(0).name() == "/stem/Relu");
  CHECK(graph.node(0).output(0) == "hidden");
  CHECK(graph.input(0).name() == "image");
  CHECK(graph.output(0).name() == "y");
  CHECK(model.opset_import(0).version() == kOnnxOpset);
}

TEST_CASE("an output with a name of its own is an Identity") {
  const onnx::ModelProto model =
      proto_of("x = Input f32[2]\ny = Relu(x)\nreturn score=y, y=y, x=y");
  const onnx::GraphProto& graph = model.graph();
  REQUIRE(graph.node_size() == 3);  // one for "score", none for "y", one for "x", an input's name
  CHECK(graph.node(1).op_type() == "Identity");
  CHECK(graph.output(0).name() == "score");
  CHECK(graph.output(1).name() == "y");
  CHECK(graph.output(2).name() == "x_1");
}

TEST_CASE("half precision is written as single precision, without Casts between the two") {
  const onnx::ModelProto model = proto_of(R"(
    x = Input f32[2]
    h = Cast(x) to="f16"
    w = Weight f16[2] {0.5, 2.0}
    m = Mul(h, w)
    y_f32 = Cast(m) to="f32"
    i = Cast(m) to="i32"
    return y=y_f32, i)");
  const onnx::GraphProto& graph = model.graph();
  CHECK(graph.initializer(0).data_type() == onnx::TensorProto::FLOAT);
  REQUIRE(graph.node_size() == 3);
  CHECK(graph.node(0).op_type() == "Mul");
  CHECK(graph.node(0).input(0) == "x");
  CHECK(graph.node(1).op_type() == "Cast");  // to integers
  CHECK(graph.node(2).op_type() == "Identity");
  CHECK(graph.node(2).output(0) == "y");
}

TEST_CASE("unknown values are references into one file, known ones are in the model") {
  const onnx::ModelProto model = proto_of(R"(
    x = Input f32[2,3]
    a = Weight f32[2,3]
    b = Weight f32[3]
    c = Weight f32[3] {1.0, 2.0, 3.0}
    y = Add(x, a)
    z = Add(y, b)
    u = Add(z, c))");
  const auto entry = [&](int tensor, int i) {
    return model.graph().initializer(tensor).external_data(i).value();
  };
  CHECK(entry(0, 0) == "weights.bin");
  CHECK(entry(0, 1) == "0");
  CHECK(entry(0, 2) == "24");  // 2 * 3 elements of 4 bytes
  CHECK(entry(1, 1) == "24");
  CHECK(entry(1, 2) == "12");
  CHECK(model.graph().initializer(2).raw_data().size() == 12);
}

TEST_CASE("ops without a form in ONNX are one error that names them") {
  const Result<std::string> bytes = onnx_of(graph_of(R"(
    x = Input f32[2]
    a = WithoutForm(x)
    b = WithoutForm(a)
    c = Relu(b)
    d = WithoutForm(c)
    e = WithoutForm(d))"));
  REQUIRE_FALSE(bytes.ok());
  CHECK(bytes.errors().size() == 1);
  CHECK(bytes.error().code == ErrorCode::kUnsupported);
  CHECK(bytes.error().message == "no form in ONNX is known for WithoutForm (a, b, d and 1 more)");
}

TEST_CASE("what ONNX cannot say is an error with the op's name") {
  const auto error_of = [](std::string_view text) {
    const Result<std::string> bytes = onnx_of(graph_of(text));
    REQUIRE_FALSE(bytes.ok());
    return bytes.error();
  };
  const Error error = error_of(R"(
    x = Input f32[1,1,4,4]
    small = Resize(x) sizes=[1,1,2,2] scales=[1.0,1.0,0.5,0.5] coordinates="half_pixel_symmetric")");
  CHECK(error.code == ErrorCode::kUnsupported);
  CHECK(error.where == "small");
  CHECK(error.message == "Resize with half_pixel_symmetric has no form in ONNX opset 18");
  CHECK(error_of("x = Input f32[1,1,5]\ny = AveragePool(x) kernel=[2] dilations=[2]").where == "y");
}

TEST_CASE("built-in networks keep their counts") {
  for (const std::string& name : builtin_names()) {
    INFO(name);
    const Graph graph = *load_graph(name);
    const Graph again = read_back(written_onnx_writer(graph));
    CHECK(count(again).macs == count(graph).macs);
    CHECK(count(again).parameters == count(graph).parameters);
    CHECK(again.outputs().size() == graph.outputs().size());
  }
}

TEST_CASE("the extension chooses the writer, and an unknown one names all") {
  CHECK(graph_writer_for("a.b/net.onnx")->name == ".onnx");
  CHECK(graph_writer_for("net.tpu")->name == ".tpu");
  const Error error = graph_writer_for("net.txt").error();
  CHECK(error.code == ErrorCode::kUsage);
  CHECK(error.hint == "use one of .dot, .json, .onnx, .tpu");
}

}  // namespace
}  // namespace tpuscope
