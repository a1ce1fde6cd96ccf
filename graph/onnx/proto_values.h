// Tensors of ours as tensors of an ONNX file: the way back from proto_tensor.h, with packed bytes
// as the one form.

#pragma once

#include <onnx/onnx_pb.h>

#include "graph/host_tensor.h"

namespace tpuscope {

/// Sets element type and shape.
void set_proto_type(onnx::TensorProto& proto, const TensorType& type);

/// Sets type and values, which must be of a type that is written: see written_dtype.
void set_values(onnx::TensorProto& proto, const HostTensor& tensor);

}  // namespace tpuscope
