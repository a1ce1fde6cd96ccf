// Networks as ONNX: what is written is read back as the same function, whatever the op.

#include <cmath>
#include <set>

#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>

#include "graph/frontend.h"
#include "graph/graph_writer.h"
#include "graph/onnx/emission.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;

Result<std::string> onnx_of(const Graph& graph) {
  return GraphWriterRegistry::instance().find(".onnx")->write(graph);
}

std::string written(const Graph& graph) {
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
  REQUIRE(model.ParseFromString(written(graph_of(text))));
  return model;
}

/// Values between the limits, integers 0 to 2, bools: the same for every run.
std::vector<HostTensor> inputs_of(const Graph& graph, double low, double high) {
  std::vector<HostTensor> inputs;
  int step = 0;
  for (const OpId input : graph.inputs()) {
    HostTensor tensor = HostTensor::zeros(graph.type({input, 0}));
    for (double& value : tensor.values) {
      const double position = std::fmod(0.618034 * ++step, 1.0);  // of 0 to 1, well spread
      value =
          is_float(tensor.type.dtype) ? low + (high - low) * position : std::floor(3 * position);
    }
    tensor.round();
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

std::vector<HostTensor> results_of(const Graph& graph, double low, double high) {
  Result<std::vector<HostTensor>> results = evaluate(graph, inputs_of(graph, low, high));
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

struct Case {
  std::string text{};
  double low = -2.0;
  double high = 2.0;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* op : {"Abs",         "Asinh",
                         "Atan",        "Ceil",
                         "Celu",        "Cos",
                         "Cosh",        "Elu",
                         "Erf",         "Exp",
                         "Floor",       "Gelu",
                         "HardSigmoid", "HardSwish",
                         "Hardmax",     "IsInf",
                         "IsNaN",       "LeakyRelu",
                         "LogSoftmax",  "LpNorm",
                         "Mish",        "Neg",
                         "Reciprocal",  "Relu",
                         "Round",       "Selu",
                         "Shrink",      "Sigmoid",
                         "Sign",        "Silu",
                         "Sin",         "Sinh",
                         "Softmax",     "Softplus",
                         "Softsign",    "Tan",
                         "Tanh",        "ThresholdedRelu",
                         "LayerNorm",   "RmsNorm",
                         "Clip"}) {
    all.push_back({"x = Input f32[2,3,4]\ny = " + std::string(op) + "(x)"});
  }
  for (const char* op : {"Log", "Sqrt", "Rsqrt", "Acos", "Asin", "Atanh"})
    all.push_back({"x = Input f32[2,3]\ny = " + std::string(op) + "(x)", 0.1, 0.9});
  all.push_back({"x = Input f32[2,3]\ny = Acosh(x)", 1.1, 3.0});
  for (const char* op : {"Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Greater",
                         "GreaterOrEqual", "Less", "LessOrEqual", "PRelu"})
    all.push_back({"a = Input f32[2,3,4]\nb = Input f32[3,1]\ny = " + std::string(op) + "(a, b)"});
  for (const char* op : {"And", "Or", "Xor"})
    all.push_back({"a = Input bool[2,3]\nb = Input bool[3]\ny = " + std::string(op) + "(a, b)"});
  for (const char* mode :
       {"sum", "mean", "max", "min", "prod", "l1", "l2", "log_sum", "log_sum_exp", "sum_square"}) {
    const std::string reduce = "x = Input f32[2,3,4]\ny = Reduce(x) mode=\"" + std::string(mode);
    all.push_back({reduce + "\" axes=[0,2]", 0.1, 2.0});
    all.push_back({reduce + "\" keepdims=false", 0.1, 2.0});
  }
  const std::vector<Case> others = {
      {"a = Input f32[2,3]\nb = Input f32[3]\ny = Pow(a, b)", 0.1, 2.0},
      {"a = Input i32[2,3]\nb = Weight i32[3] {2, 3, 5}\ny = Mod(a, b)"},
      {"a = Input u8[2,3]\nb = Input u8[3]\ny = BitShift(a, b) direction=\"LEFT\""},
      {"a = Input bool[2,3]\ny = Not(a)"},
      {"c = Input bool[3]\na = Input f32[2,3]\nb = Input f32[2,1]\ny = Where(c, a, b)"},
      {"x = Input f32[2,3]\ny = Gelu(x) approximate=\"tanh\""},
      {"x = Input f32[2,3]\ny = Clip(x) min=-0.5"},
      {"x = Input f32[2,3]\ny = Clip(x) min=0.0 max=0.75"},
      {"x = Input f32[2,3]\ny = Cast(x) to=\"i32\""},
      {"x = Input i32[2,3]\ny = Cast(x) to=\"f32\""},
      {"x = Input f32[2,3,4]\ny = Arg(x) mode=\"max\" axis=1"},
      {"x = Input f32[2,3,4]\ny = Arg(x) mode=\"min\" axis=2 keepdims=false"},
      {"x = Input f32[2,3,4]\ny = CumSum(x) axis=1 reverse=true exclusive=true"},
      {"x = Input f32[2,3,4]\nv, i = TopK(x) k=2 axis=1 largest=false\nreturn v, i"},
      {"x = Input f32[2,3,4]\ny = Trilu(x) upper=0 k=1"},
      {"x = Input f32[2,3,4]\ny = Permute(x) order=[2,0,1]"},
      {"x = Input f32[2,3,4]\ny = Reshape(x) shape=[6,4]"},
      {"x = Input f32[2,3,4]\nn = Slice(x) starts=[0,0,0] extents=[2,0,4]\n"
       "y = Reshape(n) shape=[0,8]"},
      {"x = Input f32[2,1,4,1]\ny = Squeeze(x) axes=[1,3]"},
      {"x = Input f32[2,4]\ny = Unsqueeze(x) axes=[0,2]"},
      {"x = Input f32[2,1,4]\ny = Expand(x) shape=[2,3,4]"},
      {"x = Input f32[2,3]\ny = Tile(x) repeats=[2,3]"},
      {"x = Input f32[4,6]\ny = Slice(x) starts=[1,0] extents=[2,3] steps=[1,2]"},
      {"x = Input f32[4,6]\ny = Slice(x) starts=[3,5] extents=[4,2] steps=[-1,-3]"},
      {"a = Input f32[2,3]\nb = Input f32[2,1]\ny = Concat(a, b) axis=1"},
      {"x = Input f32[4,3,5]\ny = SwapDimInner(x) offset=[1,0,3]"},
      {"x = Input f32[2,3]\ny = Pad(x) pads=[1,0,0,2] value=0.5"},
      {"x = Input f32[2,3]\ny = Pad(x) pads=[0,1,0,2] mode=\"reflect\""},
      {"x = Input f32[3,4]\ni = Input i64[2,2]\ny = Gather(x, i)"},
      {"x = Input f32[3,4]\ni = Input i64[2,4]\ny = GatherElements(x, i)"},
      {"x = Input f32[3,4]\ni = Input i64[2,1]\ny = GatherND(x, i)"},
      {"x = Input f32[3,4]\ni = Weight i64[1,4] {0,2,1,0}\nu = Input f32[1,4]\n"
       "y = ScatterElements(x, i, u)"},
      {"x = Input f32[3,4]\ni = Weight i64[2,1] {2,0}\nu = Input f32[2,4]\n"
       "y = ScatterND(x, i, u) reduction=\"add\""},
      {"i = Input i64[2,2]\nv = Input f32[2]\ny = OneHot(i, v) depth=3 axis=1"},
      {"x = Input f32[3,2,2]\nn = Weight i64[2] {3, 1}\ny = ReverseSequence(x, n)"},
      {"x = Input f32[1,8,2,3]\ny = DepthToSpace(x) block=2 mode=\"CRD\""},
      {"x = Input f32[1,2,4,6]\ny = SpaceToDepth(x) block=2"},
      {"x = Input f32[1,2,4,6]\ny = MaxPool(x) kernel=[2,2] strides=[2,1] pads=[1,0,0,0]"},
      {"x = Input f32[1,2,5,5]\ny = MaxPool(x) kernel=[2,2] dilations=[2,2]"},
      {"x = Input f32[1,2,5,5]\ny = AveragePool(x) kernel=[2,2] strides=[2,2] ceil_mode=true"},
      {"x = Input f32[1,2,5,5]\ny = AveragePool(x) kernel=[3,3] pads=[1,1,1,1] "
       "count_include_pad=true"},
      {"x = Input f32[1,4,5,5]\nw = Input f32[6,2,3,3]\nb = Input f32[6]\n"
       "y = Conv(x, w, b) strides=[2,1] pads=[1,1,1,1] group=2"},
      {"x = Input f32[1,2,5,5]\nw = Input f32[3,2,2,2]\ny = Conv(x, w) dilations=[2,2]"},
      {"x = Input f32[1,2,3,3]\nw = Input f32[2,3,2,2]\n"
       "y = ConvTranspose(x, w) strides=[2,2] output_padding=[1,0]"},
      {"x = Input f32[2,3,2,2]\ns = Input f32[3]\nb = Input f32[3]\nm = Input f32[3]\n"
       "v = Weight f32[3] {0.5, 1.0, 2.0}\ny = BatchNorm(x, s, b, m, v) epsilon=0.01"},
      {"x = Input f32[2,3,4]\ns = Input f32[3]\nb = Input f32[3]\ny = InstanceNorm(x, s, b)"},
      {"x = Input f32[2,4,3,2]\ns = Input f32[4]\nb = Input f32[4]\n"
       "y = GroupNorm(x, s, b) groups=2"},
      {"x = Input f32[2,3,4]\ns = Input f32[3,4]\nb = Input f32[3,1]\n"
       "y = LayerNorm(x, s, b) axis=1 epsilon=0.01"},
      {"x = Input f32[2,3,4]\ns = Input f32[4]\ny = RmsNorm(x, s) epsilon=0.01"},
      {"x = Input f32[1,5,2,2]\ny = Lrn(x) size=3"},
      {"x = Input f32[1,1,2,3]\ny = Resize(x) sizes=[1,1,4,6] scales=[1.0,1.0,2.0,2.0]"},
      {"x = Input f32[1,1,4,3]\ny = Resize(x) sizes=[1,1,3,7] "
       "scales=[1.0,1.0,0.75,2.3333333333333335] mode=\"linear\" coordinates=\"align_corners\""},
      {"a = Input f32[2,3]\nb = Input f32[3,4]\ny = MatMul(a, b)"},
      {"a = Input f32[3,2]\nb = Input f32[4,3]\nc = Input f32[4]\n"
       "y = MatMul(a, b, c) left_transpose=true right_transpose=true"},
      {"a = Input f32[2,5,2,3]\nb = Input f32[5,3,4]\nc = Input f32[4]\ny = MatMul(a, b, c)"},
      {"a = Input f32[2,3,2]\nb = Input f32[4,3]\ny = MatMul(a, b) "
       "left_transpose=true right_transpose=true"},
      {"a = Input f32[2,3,5,4]\nb = Input f32[2,4,5,6]\ny = MatMul(a, b) hdim_is_batch=true"},
      {"a = Input f32[2,4,5,3]\nb = Input f32[2,6,5,4]\nc = Input f32[6]\n"
       "y = MatMul(a, b, c) hdim_is_batch=true left_transpose=true right_transpose=true"},
      {"a = Input f32[2,3,5,4]\nb = Input f32[1,6,5,4]\n"
       "y = MatMul(a, b) hdim_is_batch=true right_transpose=true"},
  };
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

/// An op that this file registers without an emission.
constexpr std::string_view kUnwritable = "WithoutForm";

[[maybe_unused]] const bool registered =
    register_op({.name = kUnwritable, .summary = "for a test", .infer = [](const OpView& op) {
                   return Result<std::vector<TensorType>>(op.inputs);
                 }});

TEST_CASE("every op is read back as the same function") {
  for (const Case& example : cases()) {
    INFO(example.text);
    const Graph graph = graph_of(example.text);
    const Graph again = read_back(written(graph));
    const auto expected = results_of(graph, example.low, example.high);
    const auto found = results_of(again, example.low, example.high);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(close(found[i], expected[i]));
  }
}

TEST_CASE("the examples cover every op, so that a new one cannot be forgotten") {
  std::set<std::string_view> covered;
  for (const Case& example : cases()) {
    const Graph graph = graph_of(example.text);
    for (const OpId op : graph.ops())
      covered.insert(graph[op].def->name);
  }
  for (const std::string& name : OpRegistry::instance().names()) {
    const LayoutRule layout = OpRegistry::instance().find(name)->layout;
    if (layout == LayoutRule::kSource || layout == LayoutRule::kSink) continue;
    if (name == kUnwritable) continue;
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

TEST_CASE("unknown values are references into one file, known ones lie in the model") {
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
    small = Resize(x) sizes=[1,1,2,2] scales=[1.0,1.0,0.5,0.5] mode="linear" antialias=true)");
  CHECK(error.code == ErrorCode::kUnsupported);
  CHECK(error.where == "small");
  CHECK(error.message == "Resize with antialias has no form in ONNX opset 17");
  CHECK(error_of("x = Input f32[1,1,5]\ny = AveragePool(x) kernel=[2] dilations=[2]").where == "y");
}

TEST_CASE("built-in networks keep their counts") {
  for (const std::string& name : builtin_names()) {
    INFO(name);
    const Graph graph = *load_graph(name);
    const Graph again = read_back(written(graph));
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
