// OnnxBuilder: see builder.h.

#include "graph/onnx/builder.h"

#include <fmt/core.h>

#include "graph/onnx/emission.h"
#include "graph/onnx/proto_tensor.h"
#include "graph/onnx/proto_values.h"

namespace tpuscope {
namespace {

/// The file format's version that goes with kOnnxOpset.
constexpr std::int64_t kIrVersion = 8;
constexpr const char* kWeightsFile = "weights.bin";

void set_type(onnx::ValueInfoProto& info, const std::string& name, const TensorType& type) {
  info.set_name(name);
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_of_dtype(type.dtype));
  tensor.mutable_shape();  // present even for a scalar: no shape means an unknown rank
  for (const std::int64_t extent : type.shape)
    tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

void set_value(onnx::AttributeProto& proto, const AttributeValue& value) {
  using Proto = onnx::AttributeProto;
  if (const auto* flag = std::get_if<bool>(&value)) {
    proto.set_type(Proto::INT);
    proto.set_i(*flag ? 1 : 0);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    proto.set_type(Proto::INT);
    proto.set_i(*integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    proto.set_type(Proto::FLOAT);
    proto.set_f(static_cast<float>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    proto.set_type(Proto::STRING);
    proto.set_s(*text);
  } else if (const auto* integers = std::get_if<IntList>(&value)) {
    proto.set_type(Proto::INTS);
    for (const std::int64_t entry : *integers)
      proto.add_ints(entry);
  } else if (const auto* numbers = std::get_if<FloatList>(&value)) {
    proto.set_type(Proto::FLOATS);
    for (const double entry : *numbers)
      proto.add_floats(static_cast<float>(entry));
  }
}

void set_entry(onnx::StringStringEntryProto& entry, const char* key, const std::string& value) {
  entry.set_key(key);
  entry.set_value(value);
}

}  // namespace

OnnxBuilder::OnnxBuilder(const std::string& graph_name) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("tpuscope");
  model_.set_producer_version(TPUSCOPE_VERSION);
  model_.add_opset_import()->set_version(kOnnxOpset);
  graph().set_name(graph_name);
}

std::string OnnxBuilder::Names::take(const std::string& wish) {
  if (taken_.insert(wish).second) return wish;
  for (;;) {
    std::string name = fmt::format("{}_{}", wish, ++suffixes_[wish]);
    if (taken_.insert(name).second) return name;
  }
}

void OnnxBuilder::add_node(std::string_view op_type, const std::string& name,
                           const std::vector<std::string>& inputs,
                           const std::vector<std::string>& outputs, const Attributes& attributes) {
  onnx::NodeProto& node = *graph().add_node();
  node.set_op_type(std::string(op_type));
  node.set_name(nodes_.take(name));
  for (const std::string& input : inputs)
    node.add_input(input);
  for (const std::string& output : outputs)
    node.add_output(output);
  for (const auto& [key, value] : attributes.all()) {
    onnx::AttributeProto& proto = *node.add_attribute();
    proto.set_name(key);
    set_value(proto, value);
  }
}

void OnnxBuilder::add_input(const std::string& name, const TensorType& type) {
  set_type(*graph().add_input(), name, type);
}

void OnnxBuilder::add_output(const std::string& name, const TensorType& type) {
  set_type(*graph().add_output(), name, type);
}

void OnnxBuilder::add_type(const std::string& name, const TensorType& type) {
  set_type(*graph().add_value_info(), name, type);
}

void OnnxBuilder::add_values(const std::string& name, const HostTensor& tensor) {
  onnx::TensorProto& proto = *graph().add_initializer();
  proto.set_name(name);
  set_values(proto, tensor);
}

void OnnxBuilder::add_reference(const std::string& name, const TensorType& type) {
  onnx::TensorProto& proto = *graph().add_initializer();
  proto.set_name(name);
  set_proto_type(proto, type);
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  set_entry(*proto.add_external_data(), "location", kWeightsFile);
  set_entry(*proto.add_external_data(), "offset", std::to_string(reference_end_));
  set_entry(*proto.add_external_data(), "length", std::to_string(type.bytes()));
  reference_end_ += type.bytes();
}

}  // namespace tpuscope
