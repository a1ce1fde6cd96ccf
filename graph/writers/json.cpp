// The JSON form: everything that a graph holds.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_writer<Graph>({.name = ".json",
                                     .summary = "everything that the network holds",
                                     .signature = "tpuscope.graph",
                                     .write = [](const Graph& graph, ByteSink& sink) {
                                       sink.write(to_json(graph));
                                     }}));

}  // namespace
}  // namespace tpuscope
