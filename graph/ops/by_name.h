// Translations of ONNX nodes whose operator means the same as ours under a name and attributes that
// differ little or not at all.

#pragma once

#include <string_view>

#include "graph/onnx/node.h"

namespace tpuscope {

/// Our op of the node's own name, with those of the node's attributes that our op knows.
OnnxValues translate_by_name(OnnxNode& node);

/// As translate_by_name, for our op `type`.
OnnxValues translate_as(OnnxNode& node, std::string_view type);

/// Our binary op `type` folded over any number of operands from left to right.
OnnxValues translate_chain(OnnxNode& node, std::string_view type);

/// The error of a form of the node that has no equivalent here.
Error unsupported(const OnnxNode& node, std::string_view what);

/// Element type from the number that ONNX gives it (TensorProto.DataType).
Result<DType> dtype_from_onnx(std::int64_t number);

/// Axes that ONNX passes as attribute `name` in old opsets and as input `operand` in new ones;
/// empty when given neither way.
Result<std::optional<IntList>> list_by_opset(const OnnxNode& node, std::string_view name,
                                             std::size_t operand);

/// A constant that holds `value` everywhere; without values where they would only cost memory.
Result<Value> filled_constant(OnnxNode& node, const TensorType& type, double value);

}  // namespace tpuscope
