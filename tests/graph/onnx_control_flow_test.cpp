// If, Loop, Scan and sequences: what is known while the file is read is unrolled.

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include "tests/support/onnx_models.h"

namespace tpuscope {
namespace {

using testing::OnnxModel;

/// A model from the text of its GraphProto.
Result<Graph> read_text(const std::string& graph, const ImportOptions& options = {},
                        int opset = 18) {
  onnx::ModelProto model;
  const std::string text = "ir_version: 8 opset_import { version: " + std::to_string(opset) +
                           " } graph { name: \"test\" " + graph + " }";
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &model));
  return read_graph("test.onnx", model.SerializeAsString(), options);
}

const std::string kX =
    R"(input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } })";

std::string scalar(const std::string& name, const std::string& value, int type = 7) {
  const std::string field = type == 7 ? " int64_data: " : " int32_data: ";
  return " initializer { name: \"" + name + "\" data_type: " + std::to_string(type) + field +
         value + " }";
}

std::vector<double> result_of(const Result<Graph>& graph, const std::vector<double>& x,
                              std::size_t output = 0) {
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  const auto results = evaluate(*graph, {{{DType::kF32, {2}}, x}});
  if (!results.ok()) FAIL(results.error().message);
  return results->at(output).values;
}

std::size_t ops_of_type(const Graph& graph, std::string_view type) {
  std::size_t count = 0;
  for (const OpId op : graph.ops())
    count += graph[op].is(type) ? 1U : 0U;
  return count;
}

/// A loop that adds x to what it carries; `condition` computes whether it goes on.
std::string adding_loop(const std::string& condition) {
  return kX + scalar("trips", "3") + scalar("go", "1", 9) + R"(
    node { op_type: "Loop" name: "loop" input: "trips" input: "go" input: "x"
           output: "sum" output: "all"
           attribute { name: "body" type: GRAPH g { name: "body"
             input { name: "i" } input { name: "c" } input { name: "s" }
             output { name: "c2" } output { name: "s2" } output { name: "part" }
             node { op_type: "Add" input: "s" input: "x" output: "s2" name: "add" }
             node { op_type: "Neg" input: "s2" output: "part" name: "neg" } )" +
         condition + R"( } } }
    output { name: "sum" } output { name: "all" })";
}

TEST_CASE("a Loop of constant trips is its body, once per trip") {
  const std::string goes_on = R"(node { op_type: "Identity" input: "c" output: "c2" })";
  const Result<Graph> graph = read_text(adding_loop(goes_on));
  CHECK(result_of(graph, {1, 10}) == std::vector<double>{4, 40});  // x + 3 x
  CHECK(result_of(graph, {1, 10}, 1) == std::vector<double>{-2, -20, -3, -30, -4, -40});
  CHECK(graph->type((*graph)[graph->outputs()[1]].inputs[0]).shape == Shape{3, 2});
  CHECK(ops_of_type(*graph, "Add") == 3);
  const auto names = [&](std::string_view name) {
    for (const OpId op : graph->ops()) {
      if ((*graph)[op].name == name) return true;
    }
    return false;
  };
  CHECK(names("loop/0/add"));
  CHECK(names("loop/2/add"));
}

TEST_CASE("a Loop ends where its counter says, as TensorFlow writes it") {
  const std::string below_two = scalar("two", "1") + R"(
    node { op_type: "Less" input: "i" input: "two" output: "c2" })";
  CHECK(result_of(read_text(adding_loop(below_two)), {1, 10}) == std::vector<double>{3, 30});
}

TEST_CASE("a Loop without trips hands on what it got") {
  std::string text = adding_loop(R"(node { op_type: "Identity" input: "c" output: "c2" })");
  text.replace(text.find("int64_data: 3"), 13, "int64_data: 0");
  text.replace(text.find(R"( output { name: "all" })"), 23, "");
  const Result<Graph> graph = read_text(text);
  CHECK(result_of(graph, {1, 10}) == std::vector<double>{1, 10});
}

TEST_CASE("a Loop whose end depends on data is refused with its place") {
  const std::string by_data = R"(
    node { op_type: "ReduceMax" input: "s2" output: "m" attribute { name: "keepdims" type: INT i: 0 } }
    node { op_type: "Cast" input: "m" output: "c2" attribute { name: "to" type: INT i: 9 } })";
  const Result<Graph> graph = read_text(adding_loop(by_data));
  REQUIRE_FALSE(graph.ok());
  CHECK(graph.error().code == ErrorCode::kUnsupported);
  CHECK(graph.error().where == "test.onnx: loop");
  CHECK(graph.error().message == "whether the Loop goes on depends on data");
}

TEST_CASE("weights and constants of a Loop are there once, whatever the trips") {
  const std::string body = R"(
    initializer { name: "w" data_type: 1 dims: 2 float_data: 2 float_data: 3 }
    node { op_type: "Mul" input: "s" input: "w" output: "unused_product" }
    node { op_type: "Add" input: "unused_product" input: "s2" output: "other" }
    node { op_type: "Identity" input: "c" output: "c2" })";
  std::string text = adding_loop(body);
  text.replace(text.find(R"(output { name: "part" })"), 23, R"(output { name: "other" })");
  const Result<Graph> graph = read_text(text);
  if (!graph.ok()) FAIL(graph.error().message);
  CHECK(ops_of_type(*graph, "Weight") == 1);
  CHECK(ops_of_type(*graph, "Mul") == 3);
}

TEST_CASE("a Scan gets one part of its inputs per trip, also backwards") {
  const auto scan = [](const std::string& direction) {
    return R"(input { name: "x" type { tensor_type { elem_type: 1 shape { dim { dim_value: 2 } } } } }
      node { op_type: "Scan" name: "scan" input: "start" input: "x" output: "sum" output: "sums"
             attribute { name: "num_scan_inputs" type: INT i: 1 }
             attribute { name: "scan_input_directions" type: INTS ints: )" +
           direction + R"( }
             attribute { name: "body" type: GRAPH g { name: "body"
               input { name: "s" } input { name: "v" }
               output { name: "s2" } output { name: "copy" }
               node { op_type: "Add" input: "s" input: "v" output: "s2" }
               node { op_type: "Identity" input: "s2" output: "copy" } } } }
      initializer { name: "start" data_type: 1 float_data: 100 }
      output { name: "sums" })";
  };
  CHECK(result_of(read_text(scan("0")), {1, 10}) == std::vector<double>{101, 111});
  CHECK(result_of(read_text(scan("1")), {1, 10}) == std::vector<double>{110, 111});
}

/// An If on the input "taken"; its branches are Relu, and Sigmoid after Neg.
const std::string kChoice = kX + R"(
  input { name: "taken" type { tensor_type { elem_type: 9 shape { } } } }
  node { op_type: "If" name: "choice" input: "taken" output: "y"
         attribute { name: "then_branch" type: GRAPH g { name: "t" output { name: "a" }
           node { op_type: "Relu" input: "x" output: "a" } } }
         attribute { name: "else_branch" type: GRAPH g { name: "e" output { name: "b" }
           node { op_type: "Neg" input: "x" output: "n" }
           node { op_type: "Sigmoid" input: "n" output: "b" } } } }
  output { name: "y" })";

TEST_CASE("an If on data names what each branch costs and how to choose") {
  const Error error = read_text(kChoice).error();
  CHECK(error.code == ErrorCode::kUnsupported);
  CHECK(error.where == "test.onnx: choice");
  CHECK(error.message ==
        "which branch is taken depends on data; then: 1 op, no MACs; else: 2 ops, no MACs");
  CHECK(error.hint == "--branch choice=then or --branch choice=else");
}

TEST_CASE("a chosen branch stands for the If; a choice for no If is refused") {
  ImportOptions options;
  options.branches["choice"] = true;
  const Result<Graph> taken = read_text(kChoice, options);
  REQUIRE(taken.ok());
  CHECK(ops_of_type(*taken, "Relu") == 1);
  CHECK(ops_of_type(*taken, "Sigmoid") == 0);
  options.branches["choice"] = false;
  CHECK(ops_of_type(*read_text(kChoice, options), "Sigmoid") == 1);
  options.branches = {{"choices", true}, {"choice", true}};
  CHECK(read_text(kChoice, options).error().code == ErrorCode::kUsage);
}

TEST_CASE("sequences of known length leave slices and a Concat") {
  const Result<Graph> graph = read_text(kX + scalar("last", "-1") + R"(
    node { op_type: "SequenceEmpty" output: "none" }
    node { op_type: "SequenceInsert" input: "none" input: "x" output: "one" }
    node { op_type: "Neg" input: "x" output: "minus" }
    node { op_type: "SequenceInsert" input: "one" input: "minus" output: "two" }
    node { op_type: "SequenceAt" input: "two" input: "last" output: "second" }
    node { op_type: "ConcatFromSequence" input: "two" output: "rows"
           attribute { name: "axis" type: INT i: 0 } attribute { name: "new_axis" type: INT i: 1 } }
    node { op_type: "SequenceLength" input: "two" output: "length" }
    node { op_type: "SplitToSequence" input: "x" output: "parts"
           attribute { name: "keepdims" type: INT i: 0 } }
    node { op_type: "SequenceAt" input: "parts" input: "last" output: "part" }
    output { name: "second" } output { name: "rows" } output { name: "length" } output { name: "part" })");
  CHECK(result_of(graph, {1, 10}) == std::vector<double>{-1, -10});
  CHECK(result_of(graph, {1, 10}, 1) == std::vector<double>{1, 10, -1, -10});
  CHECK(result_of(graph, {1, 10}, 2) == std::vector<double>{2});
  CHECK(result_of(graph, {1, 10}, 3) == std::vector<double>{10});
  CHECK(graph->type((*graph)[graph->outputs()[3]].inputs[0]).shape.empty());
}

TEST_CASE("a place that a sequence does not have is refused") {
  const Result<Graph> graph = read_text(kX + scalar("third", "2") + R"(
    node { op_type: "SequenceConstruct" input: "x" input: "x" output: "two" }
    node { op_type: "SequenceAt" input: "two" input: "third" output: "y" name: "at" }
    output { name: "y" })");
  CHECK(graph.error().message == "place 2 of a sequence of 2 tensors");
}

TEST_CASE("a function of the model is its body, with the call's attributes") {
  onnx::ModelProto model;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(R"(
    ir_version: 8 opset_import { version: 18 } opset_import { domain: "my" version: 1 }
    functions { name: "Leaky" domain: "my" input: "a" input: "extra" output: "b" attribute: "slope"
      opset_import { version: 18 }
      node { op_type: "LeakyRelu" input: "a" output: "b" name: "leak"
             attribute { name: "alpha" type: FLOAT ref_attr_name: "slope" } } }
    graph { name: "test" )" + kX + R"(
      node { op_type: "Leaky" domain: "my" input: "x" output: "y" name: "call"
             attribute { name: "slope" type: FLOAT f: 0.5 } }
      node { op_type: "Leaky" domain: "my" input: "y" output: "z" name: "plain" }
      output { name: "z" } })",
                                                        &model));
  const Result<Graph> graph = read_graph("test.onnx", model.SerializeAsString());
  // Without the attribute LeakyRelu has its own default, 0.01.
  CHECK(result_of(graph, {-1, 4})[0] == doctest::Approx(-0.005));
  CHECK((*graph)[(*graph)[graph->outputs()[0]].inputs[0].op].name == "plain/leak");
  model.mutable_functions(0)->mutable_node(0)->set_op_type("Leaky");
  model.mutable_functions(0)->mutable_node(0)->set_domain("my");
  CHECK(read_graph("test.onnx", model.SerializeAsString()).error().message ==
        "function \"Leaky\" calls itself");
}

}  // namespace
}  // namespace tpuscope
