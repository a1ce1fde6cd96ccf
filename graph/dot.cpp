// Graphviz output.

#include <sstream>

#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/graphviz.hpp>
#include <fmt/core.h>

#include "base/text.h"
#include "graph/storage.h"

namespace tpuscope {
namespace {

/// Boost's filters must be default-constructible, so they are structs with a pointer.
struct IsLive {
  const BoostGraph* graph = nullptr;
  bool operator()(std::size_t op) const { return !(*graph)[op].is_dead; }
};

}  // namespace

std::string to_dot(const Graph& graph) {
  const BoostGraph& storage = GraphAccess::boost_graph(graph);
  const boost::filtered_graph<BoostGraph, boost::keep_all, IsLive> live(storage, {}, {&storage});
  std::ostringstream out;
  boost::write_graphviz(
      out, live,
      [&](std::ostream& stream, std::size_t id) {
        const Op& op = storage[id];
        std::string label = fmt::format("{}\n{}", op.def->name, op.name);
        if (!op.results.empty()) label += "\n" + type_text(op.results[0].type);
        stream << "[label=" << boost::escape_dot_string(label) << ", shape=box]";
      },
      [&](std::ostream& stream, const auto& edge) {
        stream << "[label=\"" << storage[edge].operand << "\"]";
      });
  return out.str();
}

}  // namespace tpuscope
