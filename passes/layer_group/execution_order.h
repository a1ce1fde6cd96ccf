// The order in which groups run when their ops need not follow each other in the network.

#pragma once

#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// Units are groups or single ops. `unit_of`: per op id. Producers' units come first, otherwise
/// units stand in the order in which `order` (a topological one) meets their first op. Units that
/// need each other's results cannot be ordered: they and all behind them are left out.
std::vector<std::size_t> ordered_units(const Graph& graph, const std::vector<OpId>& order,
                                       const std::vector<std::size_t>& unit_of);

}  // namespace tpuscope
