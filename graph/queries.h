// Questions about a graph that several layers ask.

#pragma once

#include "graph/graph.h"

namespace tpuscope {

/// Whether a tensor is a constant of the network, whether or not its values are known.
bool is_weight(const Graph& graph, Value value);

}  // namespace tpuscope
