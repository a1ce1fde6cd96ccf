// Chooses the form of a written network.

#include "graph/graph_writer.h"

#include "base/text.h"

namespace tpuscope {

Result<Writer<Graph>> graph_writer_for(const std::string& path) {
  for (const auto& [extension, writer] : WriterRegistry<Graph>::instance().all()) {
    if (path.ends_with(extension)) return writer;
  }
  return Error{.code = ErrorCode::kUsage,
               .message = "no form of networks has this extension",
               .where = sanitised_utf8(path),
               .hint = "use one of " + join(WriterRegistry<Graph>::instance().names())};
}

}  // namespace tpuscope
