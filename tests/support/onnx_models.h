// Small ONNX models for tests, made with protobuf: what a file may contain, in the fewest words.

#pragma once

#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "graph/frontend.h"

namespace tpuscope::testing {

/// Builds one model. Every setter returns the object, so that a test states a model in one breath.
class OnnxModel {
 public:
  explicit OnnxModel(std::int64_t opset = 13) {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(opset);
    model_.mutable_graph()->set_name("test");
  }

  OnnxModel& input(const std::string& name, const std::vector<std::int64_t>& shape,
                   int type = onnx::TensorProto::FLOAT) {
    declare(*model_.mutable_graph()->add_input(), name, shape, type);
    return *this;
  }
  OnnxModel& output(const std::string& name) {
    model_.mutable_graph()->add_output()->set_name(name);
    return *this;
  }
  OnnxModel& declare_tensor(const std::string& name, const std::vector<std::int64_t>& shape,
                            int type = onnx::TensorProto::FLOAT) {
    declare(*model_.mutable_graph()->add_value_info(), name, shape, type);
    return *this;
  }
  OnnxModel& integers(const std::string& name, const std::vector<std::int64_t>& values) {
    onnx::TensorProto& tensor =
        initializer(name, {static_cast<std::int64_t>(values.size())}, onnx::TensorProto::INT64);
    for (const std::int64_t value : values)
      tensor.add_int64_data(value);
    return *this;
  }
  /// An initializer without values; the caller may add some.
  onnx::TensorProto& initializer(const std::string& name, const std::vector<std::int64_t>& shape,
                                 int type = onnx::TensorProto::FLOAT) {
    onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(type);
    for (const std::int64_t extent : shape)
      tensor.add_dims(extent);
    return tensor;
  }
  OnnxModel& node(const std::string& op_type, const std::vector<std::string>& inputs,
                  const std::vector<std::string>& outputs, const std::string& name = "") {
    add_node(op_type, inputs, outputs, name);
    return *this;
  }
  onnx::NodeProto& add_node(const std::string& op_type, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs, const std::string& name = "") {
    onnx::NodeProto& node = *model_.mutable_graph()->add_node();
    node.set_op_type(op_type);
    node.set_name(name);
    for (const std::string& input : inputs)
      node.add_input(input);
    for (const std::string& output : outputs)
      node.add_output(output);
    return node;
  }

  onnx::ModelProto& proto() { return model_; }
  std::string bytes() const { return model_.SerializeAsString(); }
  Result<Graph> read(const ImportOptions& options = {}) const {
    return read_graph("test.onnx", bytes(), options);
  }

 private:
  static void declare(onnx::ValueInfoProto& info, const std::string& name,
                      const std::vector<std::int64_t>& shape, int type) {
    info.set_name(name);
    auto* tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (const std::int64_t extent : shape) {
      tensor->mutable_shape()->add_dim()->set_dim_value(extent);
    }
  }

  onnx::ModelProto model_{};
};

}  // namespace tpuscope::testing
