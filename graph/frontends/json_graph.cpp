// Reads the project's own JSON form of graphs, which `optimize` and other tools write.

#include "graph/frontend.h"

namespace tpuscope {
namespace {

bool accepts_json_graph(std::string_view, std::string_view head) {
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head[first] == '{';
}

Result<Graph> read_json_graph(std::string_view path, std::string_view bytes, const ImportOptions&) {
  return graph_from_json(bytes, path);
}

TPU_REGISTER(
    FrontendRegistry::instance().add({.name = "json",
                                      .summary = "a JSON object whose kind is tpuscope.graph",
                                      .priority = 20,
                                      .accepts = accepts_json_graph,
                                      .read = read_json_graph}));

}  // namespace
}  // namespace tpuscope
