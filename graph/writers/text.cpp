// The text form, which people read and tests are made of.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_graph_writer({.name = ".tpu",
                                    .summary = "the text form, as --print-changed shows it",
                                    .mark = "",
                                    .write = [](const Graph& graph) {
                                      return Result<std::string>(to_text(graph));
                                    }}));

}  // namespace
}  // namespace tpuscope
