// What we write as ONNX, in the judgement of ONNX's own checker: operators of the standard, with
// the attributes and operands that their schemas name. Runs where ONNX Runtime is not installed.

#include <string>

#include <doctest/doctest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include "graph/graph_writer.h"
#include "tests/support/op_examples.h"

namespace tpuscope::testing {
namespace {

/// What the checker says against a file; empty when it passes.
std::string complaint_about(const onnx::ModelProto& model) {
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& fault) {
    return fault.what();
  }
  return "";
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

TEST_CASE("every op that can be written as ONNX is written as its schema asks") {
  for (const OpExample& example : op_examples()) {
    CAPTURE(example.text);
    CHECK(complaint_about(written_model(example.text)) == "");
  }
}

TEST_CASE("an attribute that no schema names is found") {
  onnx::ModelProto model = written_model(
      "x = Input f32[4,8]\n"
      "i = Input i64[2]\n"
      "y = Gather(x, i)\n");
  onnx::NodeProto& gather = *model.mutable_graph()->mutable_node(0);
  onnx::AttributeProto& ours = *gather.add_attribute();
  ours.set_name("from_end");
  ours.set_type(onnx::AttributeProto::INT);
  ours.set_i(1);
  CHECK(complaint_about(model).find("from_end") != std::string::npos);
}

}  // namespace tpuscope::testing
