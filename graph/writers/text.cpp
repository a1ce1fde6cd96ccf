// The text form, which people read and tests are made of.

#include "graph/graph_writer.h"

namespace tpuscope {
namespace {

TPU_REGISTER(register_writer<Graph>({.name = ".tpu",
                                     .summary = "the text form, as --print-changed shows it",
                                     .signature = "",
                                     .write = [](const Graph& graph, ByteSink& sink) {
                                       sink.write(to_text(graph));
                                     }}));

}  // namespace
}  // namespace tpuscope
