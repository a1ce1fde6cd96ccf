// Questions about a graph that several layers ask.

#pragma once

#include "graph/graph.h"

namespace tpuscope {

/// Whether a tensor is a constant of the network, whether or not its values are known.
bool is_weight(const Graph& graph, Value value);

/// Whether an op's bias, operand 2, is in its filter, the parameters of a channel behind its
/// taps, so that nothing loads or reads it by itself: convolutions of 8 bits over images.
bool packs_bias(const OpDef& def, const OpView& op);

/// Whether the op ends in a ReLU that was fused into it.
bool has_relu(const Op& op);

/// What makes another op like this one, under the same names.
OpSpec spec_of(const Op& op);

}  // namespace tpuscope
