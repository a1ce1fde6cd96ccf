// Graph writers: forms in which a network leaves the program. Each is one file under graph/writers
// that registers itself with register_writer<Graph>; its name is the extension that chooses it.

#pragma once

#include <string>

#include "base/writer.h"
#include "graph/graph.h"

namespace tpuscope {

/// The writer that the path's extension names. A usage error lists those that exist.
Result<Writer<Graph>> graph_writer_for(const std::string& path);

}  // namespace tpuscope
