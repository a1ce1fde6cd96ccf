// Graphviz: a picture of small networks.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_writer<Graph>({.name = ".dot",
                                     .summary = "a drawing for Graphviz",
                                     .signature = "",
                                     .write = [](const Graph& graph, ByteSink& sink) {
                                       sink.write(to_dot(graph));
                                     }}));

}  // namespace
}  // namespace tpuscope
