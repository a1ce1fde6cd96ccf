// The only place where Boost.Graph's types are spelled. Private to graph/*.cpp.

#pragma once

#include <set>
#include <string>

#include <boost/graph/adjacency_list.hpp>

#include "graph/graph.h"

namespace tpuscope {

/// On an edge: result `result` of the source op feeds operand `operand` of the target op. Operand
/// order matters and parallel edges are legal: add(x, x).
struct EdgeInfo {
  std::uint32_t result = 0;
  std::uint32_t operand = 0;
};

// vecS for vertices: ids are dense and ordered. Passes never remove a vertex, they mark ops dead
// and compact() rebuilds. bidirectionalS: passes walk up as often as down.
using BoostGraph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, Op, EdgeInfo>;

struct Graph::Storage {
  BoostGraph graph{};
  std::set<std::string, std::less<>> names{};  ///< of live and dead ops and their results
  std::int64_t next_source_position = 0;
};

/// What the algorithms of graph/ need beyond Graph's own interface.
struct GraphAccess {
  static const BoostGraph& boost_graph(const Graph& graph) { return graph.storage_->graph; }
};

}  // namespace tpuscope
