// The JSON form: everything that a graph holds.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_graph_writer({.name = ".json",
                                    .summary = "everything that the network holds",
                                    .mark = "tpuscope.graph",
                                    .write = [](const Graph& graph) {
                                      return Result<std::string>(to_json(graph));
                                    }}));

}  // namespace
}  // namespace tpuscope
