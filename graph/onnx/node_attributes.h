// Attributes of an ONNX node in the types that translations use.

#pragma once

#include <onnx/onnx_pb.h>

#include "graph/onnx/node.h"

namespace tpuscope {

/// Fills `node.attributes` and `node.tensors`. Subgraphs are left to the reader, which inlines
/// them.
Status read_attributes(const onnx::NodeProto& proto, OnnxNode& node);

}  // namespace tpuscope
