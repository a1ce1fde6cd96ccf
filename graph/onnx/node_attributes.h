// Attributes of an ONNX node in the types that translations use.

#pragma once

#include <string_view>

#include <onnx/onnx_pb.h>

#include "graph/onnx/external_values.h"
#include "graph/onnx/scope.h"

namespace tpuscope {

/// The attribute that a node of a function means where it refers to one of the call's; null when
/// the call leaves it out. Other attributes are themselves.
const onnx::AttributeProto* resolved(const onnx::AttributeProto& proto, const CallFrame* frame);

/// The attribute called `name`, resolved; null when there is none.
const onnx::AttributeProto* attribute_of(const onnx::NodeProto& node, std::string_view name,
                                         const CallFrame* frame);

/// Fills `node.attributes`, `node.tensors` and `node.unknown_tensors`. Subgraphs are left to the
/// reader, which inlines them.
Status read_attributes(const onnx::NodeProto& proto, const CallFrame* frame,
                       ExternalValues& external, OnnxNode& node);

}  // namespace tpuscope
