// Small steps that the rewrites of permutes share.

#pragma once

#include <string>
#include <string_view>

#include "graph/graph.h"
#include "graph/permutation.h"

namespace tpuscope {

inline bool is_permute(const Op& op) {
  return op.is("Permute");
}

/// The order of a Permute op.
Permutation order_of(const Op& permute);

/// Whether the op is a Permute that is more than a reshape.
bool moves_data(const Graph& graph, OpId op);

/// Adds a Permute of `value` at the place of `near`; the value itself when the order changes
/// nothing. `like` gives name and origin.
Value add_permute(Graph& graph, Value value, const Permutation& order, OpId near, const Op& like,
                  std::string_view made_by);

/// Adds a Reshape of `value`, or returns the value itself when it already has the shape.
Value add_reshape(Graph& graph, Value value, const Shape& shape, OpId near, const Op& like,
                  std::string_view made_by);

/// Users of `old`'s result read `value` instead, and `old` goes with all producers that nothing
/// uses any more. An op that a pass made for the purpose takes over the name of the tensor it
/// replaces.
void replace(Graph& graph, OpId old, Value value);

/// Erases `op` and then its producers, as long as nothing uses them.
void erase_dead_chain(Graph& graph, OpId op);

/// The permutation of rank `rank` that swaps the last two axes.
Permutation last_two_swapped(std::size_t rank);

}  // namespace tpuscope
