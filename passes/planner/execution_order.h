// Orders of ops other than the network's: that of the vendor's compiler, and others that may allow
// other groups, which are runs of neighbours.

#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"

namespace tpuscope {

/// The vendor's compiler's order: op by op of the network's canonical order, each right after the
/// last of those whose results it takes. What takes only inputs and constants, all of which come
/// first, is put before whatever else there is. The order of the file does not matter, but in
/// networks with ops that have a kernel: these keep theirs, as every block of a language model that
/// was compiled does. There the rotations of queries and keys are side by side, and the second
/// product of a gated pair comes after the activation of the first.
std::vector<OpId> compiler_order(const Graph& graph);

/// The order in which another compiler has ops whose results have these names; what it does not
/// name comes right after its operands.
std::vector<OpId> order_like(const Graph& graph, const std::vector<std::string>& names);

/// Units are groups or single ops. `unit_of`: per op id. Producers' units come first, otherwise
/// units are in the order in which `order` (a topological one) meets their first op. Units that
/// need each other's results cannot be ordered: they and all that depend on them are left out.
std::vector<std::size_t> ordered_units(const Graph& graph, const std::vector<OpId>& order,
                                       const std::vector<std::size_t>& unit_of);

/// Topological orders that may make longer runs than `order`, which is one: each op after what was
/// made last, and ops that can be grouped (`is_local`, per op id) apart from those that cannot.
/// Those equal to `order` or to each other are left out.
std::vector<std::vector<OpId>> other_orders(const Graph& graph, const std::vector<OpId>& order,
                                            const std::vector<bool>& is_local);

/// Runs of ops that can be grouped, `is_local` by op, in an order.
std::size_t count_runs(const Graph& graph, const std::vector<OpId>& order,
                       const std::vector<bool>& is_local);

}  // namespace tpuscope
