// Text instead of calls on protobuf's generated classes: broken models are as easy to write as
// sound ones.

#include "tests/support/onnx_model.h"

#include <stdexcept>

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <onnx/onnx_pb.h>

namespace tpuscope::test {

std::string onnx_bytes(const std::string& graph, int opset) {
  const std::string text = fmt::format(
      R"(ir_version: 8 graph {{ name: "test" {} }} opset_import {{ version: {} }})", graph, opset);
  onnx::ModelProto model;
  if (!google::protobuf::TextFormat::ParseFromString(text, &model)) {
    throw std::invalid_argument("not a ModelProto: " + text);
  }
  return model.SerializeAsString();
}

std::string onnx_input(const std::string& name, const std::vector<std::int64_t>& shape) {
  std::string dims;
  for (const std::int64_t dim : shape) {
    dims += fmt::format(" dim {{ dim_value: {} }}", dim);
  }
  return fmt::format(
      R"( input {{ name: "{}" type {{ tensor_type {{ elem_type: 1 shape {{{} }} }} }} }})", name,
      dims);
}

std::string onnx_output(const std::string& name) {
  return fmt::format(R"( output {{ name: "{}" type {{ tensor_type {{ elem_type: 1 }} }} }})", name);
}

std::string onnx_node(const std::string& op_type, const std::string& name,
                      const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs, const std::string& attributes) {
  std::string text = fmt::format(R"( node {{ op_type: "{}" name: "{}")", op_type, name);
  for (const std::string& input : inputs) {
    text += fmt::format(R"( input: "{}")", input);
  }
  for (const std::string& output : outputs) {
    text += fmt::format(R"( output: "{}")", output);
  }
  return text + " " + attributes + " }";
}

}  // namespace tpuscope::test
