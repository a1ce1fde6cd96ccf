// Functions that a model brings along: a call becomes the nodes of its body.

#include <fmt/core.h>

#include "base/text.h"
#include "graph/onnx/model_reader.h"
#include "graph/onnx/node_attributes.h"
#include "graph/onnx/node_metadata.h"
#include "graph/onnx/proto_tensor.h"

namespace tpuscope {

const onnx::FunctionProto* ModelReader::function_of(const onnx::NodeProto& node) const {
  for (const onnx::FunctionProto& function : model_.functions()) {
    if (function.name() != node.op_type()) continue;
    const bool same_domain =
        function.domain() == node.domain() ||
        (is_default_domain(function.domain()) && is_default_domain(node.domain()));
    if (same_domain && overload_of(function) == overload_of(node)) return &function;
  }
  return nullptr;
}

OnnxResults ModelReader::call(const onnx::FunctionProto& function, const onnx::NodeProto& proto,
                              const OnnxNode& node, const Scope& outer) {
  for (const CallFrame* frame = outer.frame; frame != nullptr; frame = frame->caller) {
    if (frame->function != &function) continue;
    return Error{.message = fmt::format("function {} calls itself",
                                        in_quotes(printable_name(function.name())))};
  }
  CallFrame frame{.caller = outer.frame, .function = &function};
  const std::vector<onnx::AttributeProto>& defaults =
      defaults_.try_emplace(&function, default_attributes_of(function)).first->second;
  for (const onnx::AttributeProto& attribute : defaults)
    frame.attributes[attribute.name()] = &attribute;
  for (const onnx::AttributeProto& attribute : proto.attribute()) {
    const onnx::AttributeProto* meant = resolved(attribute, outer.frame);
    if (meant != nullptr) frame.attributes[attribute.name()] = meant;
  }
  for (const onnx::OperatorSetIdProto& opset : function.opset_import()) {
    frame.opsets[is_default_domain(opset.domain()) ? "" : opset.domain()] = opset.version();
  }
  Scope scope{.frame = &frame,
              .prefix = node.name + "/",
              .path = node.module_path,
              .is_repeated = outer.is_repeated};
  for (int i = 0; i < function.input_size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    OnnxNamed given;
    if (at < node.inputs.size()) given = {node.inputs[at], node.sequences[at]};
    scope.values.insert_or_assign(function.input(i), given);
  }
  const std::vector<std::string_view> outputs(function.output().begin(), function.output().end());
  TPU_TRY(const Body* chosen, body(function.node(), outputs, scope));
  TPU_TRY_STATUS(read_nodes(function.node(), *chosen, scope));
  std::vector<OnnxNamed> results;
  for (const std::string& output : function.output()) {
    TPU_TRY(results.emplace_back(), find(scope, output));
  }
  return results;
}

}  // namespace tpuscope
