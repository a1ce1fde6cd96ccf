// Builds a Graph from the parsed protobuf of an ONNX model.

#pragma once

#include <onnx/onnx_pb.h>

#include "graph/frontend.h"

namespace tpuscope {

/// The graph with constants folded and the exporters' idioms recognised; verified. Error locations
/// are names of nodes and tensors in the file.
Result<Graph> graph_from_onnx(const onnx::ModelProto& model, const ImportOptions& options);

}  // namespace tpuscope
