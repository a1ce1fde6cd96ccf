// Open extents of inputs: what is assumed, what the user settles, and what the error says.

#include <doctest/doctest.h>

#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::OnnxModel;

/// Relu of an input with these extents: a number, or the name of a symbol; "?" has no name.
OnnxModel relu_of(const std::vector<std::string>& extents, int type = onnx::TensorProto::FLOAT) {
  OnnxModel model;
  model.input("x", std::vector<std::int64_t>(extents.size(), 1), type);
  auto* shape =
      model.proto().mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type();
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    auto* dimension = shape->mutable_shape()->mutable_dim(static_cast<int>(axis));
    dimension->clear_dim_value();
    const bool is_number = extents[axis].find_first_not_of("-0123456789") == std::string::npos;
    if (is_number) {
      dimension->set_dim_value(std::stoll(extents[axis]));
    } else if (extents[axis] != "?") {
      dimension->set_dim_param(extents[axis]);
    }
  }
  model.node("Relu", {"x"}, {"y"}, "act").output("y");
  return model;
}

Shape input_shape(const Result<Graph>& graph) {
  if (!graph.ok()) FAIL(graph.error().message);
  return graph->type({graph->inputs().at(0), 0}).shape;
}

TEST_CASE("an open first axis is the batch: 1 with a notice, or what is asked for") {
  std::vector<Error> notices;
  ImportOptions options;
  options.on_notice = [&](const Error& notice) { notices.push_back(notice); };
  for (const char* open : {"batch", "?", "-1", "unk__624", "N"}) {
    CAPTURE(open);
    notices.clear();
    CHECK(input_shape(relu_of({open, "8"}).read(options)) == Shape{1, 8});
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].message.find("taken as 1") != std::string::npos);
    CHECK(notices[0].hint == "--batch N sets it");
  }
  options.batch = 4;
  notices.clear();
  CHECK(input_shape(relu_of({"batch", "8"}).read(options)) == Shape{4, 8});
  CHECK(notices.empty());
}

TEST_CASE("a first axis whose name says something else is no batch") {
  const Result<Graph> graph = relu_of({"sequence", "8"}).read();
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().hint == "settle them: --dim sequence=128");
}

TEST_CASE("an extent of 0 is one: the tensor is empty") {
  CHECK(input_shape(relu_of({"0", "8"}).read()) == Shape{0, 8});
  CHECK(input_shape(relu_of({"2", "0"}).read()) == Shape{2, 0});
}

TEST_CASE("symbols settle every extent that follows from them") {
  ImportOptions options;
  options.dims = {{"height", 320}, {"width", 480}};
  CHECK(input_shape(relu_of({"batch", "3", "height", "width"}).read(options)) ==
        Shape{1, 3, 320, 480});
  CHECK(input_shape(relu_of({"1", "3", "height//2", "height + width"}).read(options)) ==
        Shape{1, 3, 160, 800});
}

TEST_CASE("a symbol that no input has is an error with what there is") {
  ImportOptions options;
  options.dims = {{"hight", 320}};
  const Error error = relu_of({"1", "3", "height", "7"}).read(options).error();
  CHECK(error.code == ErrorCode::kUsage);
  CHECK(error.message == "no input has an extent \"hight\"");
  CHECK(error.hint == "did you mean \"height\"?");
  options.is_one_of_several = true;  // then it is meant for another network
  options.dims["height"] = 320;
  CHECK(relu_of({"1", "3", "height", "7"}).read(options).ok());
}

TEST_CASE("what stays open is one error with all inputs and the flags that settle them") {
  OnnxModel model = relu_of({"batch", "3", "height", "?"});
  auto* other = model.proto().mutable_graph()->add_input();
  other->set_name("tokens");
  other->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::INT64);
  auto* shape = other->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->add_dim()->set_dim_param("batch");
  shape->add_dim()->set_dim_param("past + sequence");
  model.node("Identity", {"tokens"}, {"z"}).output("z");
  const Result<Graph> graph = model.read();
  REQUIRE_FALSE(graph.ok());
  REQUIRE(graph.errors().size() == 1);
  CHECK(graph.error().message ==
        "the extents of 2 inputs are open: x f32[batch,3,height,?], tokens i64[batch,past + "
        "sequence]");
  CHECK(graph.error().hint ==
        "settle them: --dim height=640 --shape x=1x3x640x640 --dim past=128 --dim sequence=128");
}

TEST_CASE("a shape settles the symbols of its input and those of others") {
  ImportOptions options;
  options.shapes["x"] = {2, 3, 64, 64};
  OnnxModel model = relu_of({"batch", "3", "size", "size"});
  auto* other = model.proto().mutable_graph()->add_input();
  other->set_name("mask");
  other->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  auto* shape = other->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->add_dim()->set_dim_param("batch");
  shape->add_dim()->set_dim_param("size/2");
  model.node("Identity", {"mask"}, {"z"}).output("z");
  const Result<Graph> graph = model.read(options);
  if (!graph.ok()) FAIL(graph.error().message);
  CHECK(graph->type({graph->inputs().at(1), 0}).shape == Shape{2, 32});
}

TEST_CASE(
    "a shape of another rank or against its own symbols is refused; a fixed extent gives way") {
  ImportOptions options;
  options.shapes["x"] = {1, 3};
  CHECK_FALSE(relu_of({"1", "3", "h", "w"}).read(options).ok());
  options.shapes["x"] = {1, 3, 8, 9};
  CHECK_FALSE(relu_of({"1", "3", "size", "size"}).read(options).ok());
  std::size_t notices = 0;
  options.on_notice = [&](const Error&) { ++notices; };
  CHECK(input_shape(relu_of({"1", "3", "4", "4"}).read(options)) == Shape{1, 3, 8, 9});
  CHECK(notices == 1);
}

TEST_CASE("values of an input make it a constant, in the shape that the file leaves it") {
  OnnxModel model;
  model.input("x", {2, 3}).input("shape", {2}, onnx::TensorProto::INT64);
  model.node("Reshape", {"x", "shape"}, {"y"}, "view").output("y");
  CHECK_FALSE(model.read().ok());
  ImportOptions options;
  options.values["shape"] = {3, 2};
  const Result<Graph> graph = model.read(options);
  REQUIRE(graph.ok());
  CHECK(graph->inputs().size() == 1);
  CHECK(graph->type((*graph)[graph->outputs()[0]].inputs[0]).shape == Shape{3, 2});
  options.values["shape"] = {3, 2, 1};
  CHECK(model.read(options).error().message == "3 values are given, the input is i64[2]");
  options.values = {{"shap", {6}}};
  CHECK(model.read(options).error().hint.find("shape") != std::string::npos);
}

TEST_CASE("other formats leave nothing open") {
  ImportOptions options;
  options.dims["n"] = 4;
  const Error error = read_graph("net.tpu", "x = Input f32[2]\ny = Relu(x)", options).error();
  CHECK(error.code == ErrorCode::kUsage);
  options.is_one_of_several = true;
  CHECK(read_graph("net.tpu", "x = Input f32[2]\ny = Relu(x)", options).ok());
}

TEST_CASE("named tensors end the network, and inputs that only the rest reads are gone") {
  OnnxModel model;
  model.input("x", {1, 4}).input("scores", {7});
  model.node("Relu", {"x"}, {"middle"}, "first").node("Frobnicate", {"middle", "scores"}, {"y"});
  model.output("y");
  CHECK_FALSE(model.read().ok());
  ImportOptions options;
  options.outputs = {"middle"};
  const Result<Graph> graph = model.read(options);
  REQUIRE(graph.ok());
  CHECK(graph->inputs().size() == 1);
  CHECK((*graph)[graph->outputs().at(0)].name == "middle");
  options.outputs = {"midle"};
  CHECK(model.read(options).error().hint == "did you mean \"middle\"?");
}

}  // namespace
}  // namespace tpuscope
