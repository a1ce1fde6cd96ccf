// Translations of ONNX nodes whose operator means the same as ours under a name and attributes that
// differ little or not at all, and emissions of such ops.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graph/onnx/emission.h"
#include "graph/onnx/node.h"

namespace tpuscope {

/// Our op of the node's own name, with those of the node's attributes that our op knows.
OnnxValues translate_by_name(OnnxNode& node);

/// As translate_by_name, for our op `type`.
OnnxValues translate_as(OnnxNode& node, std::string_view type);

/// Our binary op `type` folded over any number of operands from left to right.
OnnxValues translate_chain(OnnxNode& node, std::string_view type);

/// The translation of ONNX's own operator `op_type` with the node's attributes, on these inputs:
/// for operators of other domains that are one of ONNX's with something around it.
OnnxValues translate_onnx(OnnxNode& node, std::string_view op_type,
                          std::vector<std::optional<Value>> inputs);

/// The op's attributes that ONNX knows. Empty lists, which mean defaults here, are left out.
Attributes stated_attributes(const OnnxEmission& out);

/// The ONNX operator `op_type` on the op's operands with the op's stated attributes.
Status emit_as(OnnxEmission& out, std::string_view op_type);

/// As emit_as, for the operator of the op's own name.
Status emit_by_name(OnnxEmission& out);

/// For ops that ONNX has under the same name with the same attributes: both directions.
#if defined(TPUSCOPE_WITHOUT_ONNX)  // see graph/onnx/node.h
[[gnu::always_inline]] inline bool register_onnx_twin(std::string_view) {
  return true;
}
#else
bool register_onnx_twin(std::string_view name);
#endif

/// The error of a form of the node that has no equivalent here.
Error unsupported(const OnnxNode& node, std::string_view what);

/// Element type from the number that ONNX gives it (TensorProto.DataType).
Result<DType> dtype_from_onnx(std::int64_t number);
std::int64_t onnx_from_dtype(DType dtype);

/// Axes that ONNX passes as attribute `name` in old opsets and as input `operand` in new ones;
/// empty when given neither way.
Result<std::optional<IntList>> list_by_opset(const OnnxNode& node, std::string_view name,
                                             std::size_t operand);

/// A constant that holds `value` everywhere; without values where they would only cost memory.
Result<Value> filled_constant(OnnxNode& node, const TensorType& type, double value);

}  // namespace tpuscope
