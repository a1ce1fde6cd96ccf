// Fields that ONNX got after the version whose headers we build with; protobuf keeps them aside.

#pragma once

#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

namespace tpuscope {

/// Which of several functions of one name is meant.
std::string overload_of(const onnx::NodeProto& node);
std::string overload_of(const onnx::FunctionProto& function);

/// Attributes of a function that calls may leave out.
std::vector<onnx::AttributeProto> default_attributes_of(const onnx::FunctionProto& function);

/// Path of the modules that PyTorch's exporter made the node for, "layer1/0/conv1", below `outer`;
/// `outer` itself where the file says nothing.
std::string module_path_of(const onnx::NodeProto& node, const std::string& outer);

}  // namespace tpuscope
