// Activations replaced by ReLU, a what-if: a network that is trained anew may take a cheaper one.

#pragma once

#include "graph/graph.h"

namespace tpuscope {

/// Whether an op is a smooth activation that networks are also trained with ReLU for: Silu, Gelu,
/// Mish, HardSwish, Elu, Celu, Selu, Softplus. Gates (Sigmoid, Tanh) are none.
bool is_smooth_activation(const Op& op);

/// Puts a Relu of the same name in the place of each smooth activation; returns how many there
/// were. The network computes something else afterwards.
std::size_t replace_activations(Graph& graph);

}  // namespace tpuscope
