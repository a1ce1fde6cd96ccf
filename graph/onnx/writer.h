// Builds the protobuf of an ONNX model from a Graph: the way back from reader.h.

#pragma once

#include <onnx/onnx_pb.h>

#include "graph/graph.h"

namespace tpuscope {

/// A model with the network's function in standard operators. Names of inputs, outputs, tensors and
/// nodes are kept; values are written where they are known. Ops without an emission are one error.
Result<onnx::ModelProto> onnx_from_graph(const Graph& graph);

}  // namespace tpuscope
