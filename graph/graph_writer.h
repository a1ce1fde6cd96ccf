// Graph writers: forms in which a network leaves the program. Each is one file under graph/writers
// that registers itself; the extension of the output file chooses it.

#pragma once

#include <string>
#include <string_view>

#include "graph/graph.h"

namespace tpuscope {

struct GraphWriter {
  std::string_view name{};  ///< the extension, with the dot
  std::string_view summary{};
  /// Text near the start of every file it writes, by which files are known as ours; or empty.
  std::string_view mark{};
  /// Whether files hold the values of all weights, which importers keep only when asked to.
  bool has_values = false;
  Result<std::string> (*write)(const Graph& graph) = nullptr;
};
using GraphWriterRegistry = Registry<GraphWriter>;

bool register_graph_writer(GraphWriter writer);

/// The writer that the path's extension names. A usage error lists those that exist.
Result<GraphWriter> graph_writer_for(const std::string& path);

}  // namespace tpuscope
