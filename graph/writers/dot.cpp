// Graphviz: a picture of small networks.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_graph_writer({.name = ".dot",
                                    .summary = "a drawing for Graphviz",
                                    .mark = "",
                                    .write = [](const Graph& graph) {
                                      return Result<std::string>(to_dot(graph));
                                    }}));

}  // namespace
}  // namespace tpuscope
