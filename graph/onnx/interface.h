// What an ONNX file says about the types of inputs and of tensors in between.

#pragma once

#include <map>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "graph/shape.h"

namespace tpuscope {

/// The element type of a network's input, which must be a dense tensor.
Result<DType> input_dtype(const onnx::ValueInfoProto& input);

/// Types that the file declares for its tensors, by name.
using DeclaredTypes = std::map<std::string_view, const onnx::TypeProto*>;
DeclaredTypes declared_types(const onnx::GraphProto& graph);

/// Whether an inferred type agrees with a declared one as far as that goes: symbolic and missing
/// extents agree with everything.
bool agrees(const TensorType& inferred, const onnx::TypeProto& declared);

/// f32[1,?,8], for messages.
std::string declared_text(const onnx::TypeProto& declared);

}  // namespace tpuscope
