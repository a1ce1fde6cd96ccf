// The order of ops that a network has by itself, whatever the order in which its file lists them.

#pragma once

#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Each op as late as it can be, which is how exporters write most networks: a short cut after the
/// long way round, heads after the trunk. Ops as near to the outputs as each other come as an
/// output needs them, operand by operand. Outputs that are made in fewer steps come first; of those
/// made alike, the network's first.
std::vector<OpId> canonical_order(const Graph& graph);

}  // namespace tpuscope
