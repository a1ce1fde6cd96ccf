// The Permute that exchanges heads and tokens.

#include "passes/rewrites/heads_first.h"

#include "graph/idioms/match.h"
#include "passes/rewrites/rewrite.h"

namespace tpuscope {

bool is_last_axis(const Graph& graph, const Op& concat) {
  const auto rank = static_cast<std::int64_t>(graph.type(concat.inputs[0]).rank());
  const std::int64_t axis = concat.attributes.integer("axis");
  return axis == -1 || axis == rank - 1;
}

Value heads_moved(Graph& graph, Value value, OpId near, std::string_view made_by) {
  const Permutation order = *Permutation::from({0, 2, 1, 3});
  const Op like = graph[value.op];
  if (like.is("Permute") && order_of(like) == order) return like.inputs[0];
  return add_permute(graph, value, order, near, like, made_by);
}

}  // namespace tpuscope
