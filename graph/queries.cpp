// Questions about a graph that several layers ask.

#include "graph/queries.h"

namespace tpuscope {

bool is_weight(const Graph& graph, Value value) {
  return graph[value.op].is("Weight");
}

}  // namespace tpuscope
