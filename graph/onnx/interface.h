// Inputs and declared tensors of an ONNX graph: what the file says about types.

#pragma once

#include <map>
#include <string_view>

#include <onnx/onnx_pb.h>

#include "graph/shape.h"

namespace tpuscope {

/// The type of a network's input. Extents must be fixed: an error names the input and the axis.
Result<TensorType> input_type(const onnx::ValueInfoProto& input);

/// As input_type where extents are taken from `shape`, after a check that the file allows it.
Result<TensorType> bound_input_type(const onnx::ValueInfoProto& input, const Shape& shape);

/// Types that the file declares for its tensors, by name.
using DeclaredTypes = std::map<std::string_view, const onnx::TypeProto*>;
DeclaredTypes declared_types(const onnx::GraphProto& graph);

/// Whether an inferred type agrees with a declared one as far as that goes: symbolic and missing
/// extents agree with everything.
bool agrees(const TensorType& inferred, const onnx::TypeProto& declared);

/// f32[1,?,8], for messages.
std::string declared_text(const onnx::TypeProto& declared);

}  // namespace tpuscope
