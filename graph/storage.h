// The only place where Boost.Graph's types are spelled. Private to graph/*.cpp.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

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

/// Of texts in whatever form.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>()(name);
  }
};

struct Graph::Storage {
  BoostGraph graph{};
  /// Of the results of live ops. Looked up only, never walked: its order reaches no output.
  std::unordered_set<std::string, NameHash, std::equal_to<>> names{};
  std::int64_t next_source_position = 0;
};

/// What the algorithms of graph/ need beyond Graph's own interface.
struct GraphAccess {
  static const BoostGraph& boost_graph(const Graph& graph) { return graph.storage_->graph; }
};

}  // namespace tpuscope
