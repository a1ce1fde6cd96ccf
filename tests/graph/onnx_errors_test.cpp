// What a damaged or unsupported ONNX model gets: one clear error with its place, never a crash.

#include <limits>

#include <doctest/doctest.h>

#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::OnnxModel;

/// The first error of a model that must not import.
Error error_of_onnx_errors(const Result<Graph>& graph) {
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().where.starts_with("test.onnx"));
  return graph.error();
}

OnnxModel relu_of_x() {
  OnnxModel model;
  model.input("x", {1, 3}).node("Relu", {"x"}, {"y"}, "act").output("y");
  return model;
}

TEST_CASE("a truncated file is no model, and a whole one is") {
  const std::string bytes = relu_of_x().bytes();
  CHECK(read_graph("test.onnx", bytes).ok());
  const Error error =
      error_of_onnx_errors(read_graph("test.onnx", bytes.substr(0, bytes.size() - 3)));
  CHECK(error.message == "the file is truncated, damaged or not an ONNX model");
}

TEST_CASE("an empty file and one of another format name the known formats") {
  const Error empty = read_graph("net", "").error();
  CHECK(empty.message == "the file is empty");
  const Error unknown = read_graph("net",
                                   "\x7f"
                                   "ELF")
                            .error();
  CHECK(unknown.message == "the file is in no known format");
  CHECK(unknown.hint.find("onnx") != std::string::npos);
  CHECK(unknown.hint.find("json") != std::string::npos);
  CHECK_FALSE(read_graph("net", "# a heading\n\nand prose").ok());
  CHECK(read_graph("net", "# a heading\n\nand prose").error().message == unknown.message);
  CHECK(read_graph("net", "# a comment\n\nx = Input f32[2]\ny = Relu(x)").ok());
}

TEST_CASE("a model without a graph is refused") {
  OnnxModel model;
  model.proto().clear_graph();
  CHECK(error_of_onnx_errors(model.read()).message == "the model has no graph");
}

TEST_CASE("a cycle is named node by node") {
  OnnxModel model;
  model.input("x", {1}).node("Add", {"x", "c"}, {"a"}, "first");
  model.node("Relu", {"a"}, {"b"}, "second").node("Relu", {"b"}, {"c"}, "third").output("c");
  const Error error = error_of_onnx_errors(model.read());
  CHECK(error.message.find("cycle") != std::string::npos);
  for (const char* name : {"first", "second", "third"}) {
    CHECK(error.message.find(name) != std::string::npos);
  }
}

TEST_CASE("nodes in the wrong order are sorted") {
  OnnxModel model;
  model.input("x", {1}).node("Relu", {"a"}, {"y"}, "second").node("Sigmoid", {"x"}, {"a"}, "first");
  CHECK(model.output("y").read().ok());
}

TEST_CASE("a tensor that nothing produces names its reader") {
  OnnxModel model;
  model.input("x", {1}).node("Add", {"x", "ghost"}, {"y"}, "sum").output("y");
  const Error error = error_of_onnx_errors(model.read());
  CHECK(error.where == "test.onnx: sum");
  CHECK(error.message == "reads \"ghost\", which nothing produces");
}

TEST_CASE("two producers of one tensor are refused") {
  OnnxModel model;
  model.input("x", {1})
      .node("Relu", {"x"}, {"y"}, "a")
      .node("Sigmoid", {"x"}, {"y"}, "b")
      .output("y");
  CHECK(error_of_onnx_errors(model.read()).message == "tensor \"y\" is also produced by \"a\"");
}

TEST_CASE("an output that nothing produces is refused") {
  OnnxModel model = relu_of_x();
  CHECK(error_of_onnx_errors(model.output("ghost").read()).message == "nothing produces \"ghost\"");
}

TEST_CASE("absurd sizes are refused before anything is allocated") {
  const std::int64_t million = 1000000;
  OnnxModel input;
  input.input("x", {million, million, million}).node("Relu", {"x"}, {"y"}).output("y");
  CHECK(error_of_onnx_errors(input.read()).message.find("2^40") != std::string::npos);
  OnnxModel weight = relu_of_x();
  weight.initializer("w", {million, million, million});
  weight.node("Add", {"y", "w"}, {"z"}).output("z");
  CHECK(error_of_onnx_errors(weight.read()).message.find("2^40") != std::string::npos);
}

TEST_CASE("all unsupported operators are listed at once, with their nodes") {
  OnnxModel model;
  model.input("x", {1}).node("Frobnicate", {"x"}, {"a"}, "one").node("Relu", {"a"}, {"b"}, "two");
  model.node("Transmogrify", {"b"}, {"y"}, "three").output("y");
  const Result<Graph> graph = model.read();
  REQUIRE_FALSE(graph.ok());
  REQUIRE(graph.errors().size() == 2);
  CHECK(graph.errors()[0].where == "test.onnx: one");
  CHECK(graph.errors()[0].code == ErrorCode::kUnsupported);
  CHECK(graph.errors()[1].message == "operator \"Transmogrify\" is not supported");
  CHECK(graph.errors()[1].where == "test.onnx: three");
  CHECK(graph.errors()[0].hint == "2 of 3 nodes are not supported: Frobnicate, Transmogrify");
}

TEST_CASE("where the network could end before what is refused, the error says so") {
  OnnxModel model;
  model.input("x", {2}).node("Relu", {"x"}, {"a"}).node("Abs", {"a"}, {"kept"});
  model.node("Transmogrify", {"a", "x"}, {"b"}).node("Neg", {"b"}, {"y"});
  model.output("kept").output("y");
  CHECK(error_of_onnx_errors(model.read()).hint ==
        "1 of 4 nodes are not supported: Transmogrify; --outputs a,kept ends the network before");
  ImportOptions options;
  options.outputs = {"a", "kept"};
  CHECK(model.read(options).ok());
  OnnxModel first;
  first.input("x", {2}).node("Transmogrify", {"x"}, {"y"}).output("y");
  CHECK(error_of_onnx_errors(first.read()).hint ==
        "1 of 1 nodes are not supported: Transmogrify");  // nothing would be left
}

TEST_CASE("an operator of another domain is not taken for ONNX's own") {
  OnnxModel model;
  model.input("x", {1});
  model.add_node("Relu", {"x"}, {"y"}, "act").set_domain("com.example");
  const Error error = error_of_onnx_errors(model.output("y").read());
  CHECK(error.message == "operator \"com.example.Relu\" is not supported");
}

TEST_CASE("a shape whose values are not in the file names the tensor") {
  OnnxModel model;
  model.input("x", {2, 3});
  model.initializer("shape", {1}, onnx::TensorProto::INT64)
      .set_data_location(onnx::TensorProto::EXTERNAL);
  const Error error =
      error_of_onnx_errors(model.node("Reshape", {"x", "shape"}, {"y"}, "flat").output("y").read());
  CHECK(error.where == "test.onnx: flat");
  CHECK(error.message == "the values of input 1 \"shape\" are needed and not known");
}

TEST_CASE("a shape that comes from an input imports once that input is bound") {
  OnnxModel model;
  model.input("x", {2, 3}).input("shape", {1}, onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "shape"}, {"y"}, "flat").output("y");
  CHECK_FALSE(model.read().ok());
  ImportOptions options;
  options.bound_inputs["shape"] = HostTensor::integers({6});
  const Result<Graph> graph = model.read(options);
  REQUIRE(graph.ok());
  CHECK(graph->inputs().size() == 1);
}

TEST_CASE("a tensor with the wrong number of bytes is refused") {
  OnnxModel model = relu_of_x();
  model.initializer("w", {3}).set_raw_data("12345");
  const Error error = error_of_onnx_errors(model.node("Add", {"y", "w"}, {"z"}).output("z").read());
  CHECK(error.message == "the tensor holds 5 bytes, its type f32[3] needs 12");
}

TEST_CASE("weights outside the file need no values") {
  OnnxModel model = relu_of_x();
  model.initializer("w", {3}).set_data_location(onnx::TensorProto::EXTERNAL);
  CHECK(model.node("Add", {"y", "w"}, {"z"}).output("z").read().ok());
}

TEST_CASE("strings and sparse tensors are refused by name") {
  OnnxModel text;
  text.input("s", {1}, onnx::TensorProto::STRING).node("Identity", {"s"}, {"y"}).output("y");
  CHECK(error_of_onnx_errors(text.read()).message == "inputs of type STRING are not supported");
  OnnxModel sparse = relu_of_x();
  sparse.proto().mutable_graph()->add_sparse_initializer()->mutable_values()->set_name("w");
  CHECK(error_of_onnx_errors(sparse.read()).message == "sparse initializers are not supported");
}

TEST_CASE("a declared type that contradicts the operator is reported, and the operator counts") {
  std::vector<Error> notices;
  ImportOptions options;
  options.on_notice = [&](const Error& notice) { notices.push_back(notice); };
  OnnxModel model = relu_of_x();
  CHECK(model.declare_tensor("y", {1, 3}).read(options).ok());
  CHECK(notices.empty());
  model.proto().mutable_graph()->clear_value_info();
  const Result<Graph> graph = model.declare_tensor("y", {1, 4}).read(options);
  REQUIRE(graph.ok());
  CHECK(graph->type((*graph)[graph->outputs()[0]].inputs[0]).shape == Shape{1, 3});
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].where == "act");
  CHECK(notices[0].message ==
        "tensor \"y\" is f32[1,3] by its operator, the file declares f32[1,4]");
}

TEST_CASE("what no output needs is not looked at, whatever it is") {
  OnnxModel model = relu_of_x();
  model.node("Frobnicate", {"y", "ghost"}, {"unread"}, "extra");
  const Result<Graph> graph = model.read();
  REQUIRE(graph.ok());
  CHECK(graph->ops().size() == 3);
  CHECK_FALSE(model.output("unread").read().ok());
}

TEST_CASE("an attribute of the wrong kind is an error") {
  OnnxModel model;
  onnx::NodeProto& node = model.input("x", {2, 3}).add_node("Softmax", {"x"}, {"y"}, "prob");
  onnx::AttributeProto& axis = *node.add_attribute();
  axis.set_name("axis");
  axis.set_type(onnx::AttributeProto::STRING);
  axis.set_s("last");
  const Error error = error_of_onnx_errors(model.output("y").read());
  CHECK(error.where == "test.onnx: prob");
  CHECK(error.message == "attribute \"axis\" of Softmax is string, not int");
}

TEST_CASE("an attribute that is not a number is an error") {
  OnnxModel model;
  onnx::NodeProto& node = model.input("x", {2}).add_node("LeakyRelu", {"x"}, {"y"}, "leak");
  onnx::AttributeProto& alpha = *node.add_attribute();
  alpha.set_name("alpha");
  alpha.set_type(onnx::AttributeProto::FLOAT);
  alpha.set_f(std::numeric_limits<float>::quiet_NaN());
  CHECK(error_of_onnx_errors(model.output("y").read()).message ==
        "attribute \"alpha\" is not a number");
  alpha.set_f(0.1F);
  CHECK(model.read().ok());
}

/// A model whose If takes Relu or Sigmoid of x.
OnnxModel branching(bool constant_condition) {
  OnnxModel model;
  model.input("x", {3});
  if (constant_condition) {
    model.initializer("taken", {}, onnx::TensorProto::BOOL).add_int32_data(1);
  } else {
    model.input("taken", {1}, onnx::TensorProto::BOOL);
  }
  onnx::NodeProto& node = model.add_node("If", {"taken"}, {"y"}, "choice");
  for (const char* branch : {"then_branch", "else_branch"}) {
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(branch);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    onnx::NodeProto& inner = *attribute.mutable_g()->add_node();
    inner.set_op_type(attribute.name() == "then_branch" ? "Relu" : "Sigmoid");
    inner.add_input("x");
    inner.add_output("inner");
    attribute.mutable_g()->add_output()->set_name("inner");
  }
  model.output("y");
  return model;
}

TEST_CASE("an If on a constant is the branch that it takes") {
  const Result<Graph> graph = branching(true).read();
  REQUIRE(graph.ok());
  const OpId output = graph->outputs().front();
  CHECK((*graph)[(*graph)[output].inputs[0].op].is("Relu"));
}

TEST_CASE("an If on an input is refused") {
  const Error error = error_of_onnx_errors(branching(false).read());
  CHECK(error.code == ErrorCode::kUnsupported);
  CHECK(error.message.starts_with("which branch is taken depends on data"));
}

TEST_CASE("names from the file are safe to print") {
  OnnxModel model;
  model.input("x\n\x1b[31m", {1}).node("Relu", {"x\n\x1b[31m"}, {"y\xff"}).output("y\xff");
  const Result<Graph> graph = model.read();
  REQUIRE(graph.ok());
  for (const OpId op : graph->ops()) {
    for (const char c : (*graph)[op].name)
      CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
}

TEST_CASE("a missing file suggests the built-in network that was meant") {
  const Error error = load_graph("swin_tt").error();
  CHECK(error.where == "swin_tt");
  CHECK(error.hint == "did you mean \"swin_t\"?");
  CHECK(load_graph("/").error().message == "is a folder, not a file");
}

}  // namespace
}  // namespace tpuscope
