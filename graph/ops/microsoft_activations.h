// Activations that ONNX Runtime fuses with the operator before them.

#pragma once

#include "graph/onnx/node.h"

namespace tpuscope {

/// `x` after the activation in the node's attributes `activation` and, if it has parameters,
/// `activation_params`; `x` itself where the node names none.
Result<Value> fused_activation(OnnxNode& node, Value x);

}  // namespace tpuscope
