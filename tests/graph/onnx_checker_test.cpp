// What we write as ONNX, held against ONNX's own schemas: an attribute that no schema names makes a
// file that no runtime loads. Runs where ONNX Runtime is not installed.

#include <string>

#include <doctest/doctest.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include "graph/graph_writer.h"
#include "graph/onnx/emission.h"
#include "tests/support/op_examples.h"

namespace tpuscope::testing {
namespace {

/// Attributes of a node that its schema does not have. Debian's ONNX ends before kOnnxOpset, so
/// that operators may be unknown to it, and one attribute is.
std::string unknown_attributes(const onnx::NodeProto& node) {
  const onnx::OpSchema* schema =
      onnx::OpSchemaRegistry::Schema(node.op_type(), static_cast<int>(kOnnxOpset), node.domain());
  std::string unknown;
  if (schema == nullptr) return unknown;
  for (const onnx::AttributeProto& attribute : node.attribute()) {
    const bool is_newer = node.op_type() == "Resize" && attribute.name() == "antialias";
    if (!is_newer && schema->attributes().count(attribute.name()) == 0)
      unknown += node.op_type() + "." + attribute.name() + " ";
  }
  return unknown;
}

std::string unknown_attributes(const onnx::ModelProto& model) {
  std::string unknown;
  for (const onnx::NodeProto& node : model.graph().node())
    unknown += unknown_attributes(node);
  return unknown;
}

onnx::ModelProto written_model(const std::string& text) {
  const Graph graph = parse_graph(text).value();
  StringSink onnx;
  REQUIRE(writer_called<Graph>(".onnx").write(graph, {}, onnx).ok());
  onnx::ModelProto model;
  REQUIRE(model.ParseFromString(onnx.text()));
  return model;
}

}  // namespace

TEST_CASE("every op that can be written as ONNX is written with attributes of its schema") {
  for (const OpExample& example : op_examples()) {
    CAPTURE(example.text);
    CHECK(unknown_attributes(written_model(example.text)) == "");
  }
}

TEST_CASE("what only we know of an op is not written") {
  CHECK(unknown_attributes(written_model("x = Input f16[1,3,4,4]\n"
                                         "w = Weight f16[1,3,2,2]\n"
                                         "y = Conv(x, w) folds_taps=true\n")) == "");
}

TEST_CASE("an attribute that no schema names is found") {
  onnx::ModelProto model = written_model(
      "x = Input f32[4,8]\n"
      "i = Input i64[2]\n"
      "y = Gather(x, i)\n");
  model.mutable_graph()->mutable_node(0)->add_attribute()->set_name("from_end");
  CHECK(unknown_attributes(model) == "Gather.from_end ");
}

}  // namespace tpuscope::testing
