// What makes two ops the same to the simulator: type, attributes, tensor types and which operands
// are weights or immediates. Networks repeat their blocks, so that most ops are planned and lowered
// once.

#pragma once

#include <string>

#include "graph/graph.h"
#include "passes/tiling/tiling.h"

namespace tpuscope {

/// Immediates: one-element weights, biases that lie in the filter, and further operands equal to an
/// earlier one of an elementwise op.
OperandKinds operand_kinds(const Graph& graph, OpId op);

/// Bytes to be compared, not read: equal for equal ops alone, and none begins another.
std::string signature_of(const Graph& graph, OpId op, const OperandKinds& kinds);

}  // namespace tpuscope
