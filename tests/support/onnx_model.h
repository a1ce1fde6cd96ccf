// Small ONNX models for tests, from protobuf's text form, which shows what is in the file:
//
//   onnx_bytes(onnx_input("x", {1, 8}) + onnx_node("Relu", "relu", {"x"}, {"y"}) +
//   onnx_output("y"))

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tpuscope::test {

/// The bytes of a model whose GraphProto is `graph` in text form.
std::string onnx_bytes(const std::string& graph, int opset = 13);

/// A float input of a fixed shape.
std::string onnx_input(const std::string& name, const std::vector<std::int64_t>& shape);
/// An output whose shape the file leaves open.
std::string onnx_output(const std::string& name);
/// `attributes` in text form, for example `attribute { name: "axis" type: INT i: 1 }`.
std::string onnx_node(const std::string& op_type, const std::string& name,
                      const std::vector<std::string>& inputs,
                      const std::vector<std::string>& outputs, const std::string& attributes = "");

}  // namespace tpuscope::test
