// ONNX: the network for every other tool, with what the passes did to it in standard operators.
// Values that the source file did not hold are references into a file "weights.bin" beside it.

#include <limits>

#include <fmt/core.h>

#include "base/text.h"
#include "graph/graph_writer.h"
#include "graph/onnx/writer.h"

namespace tpuscope {
namespace {

Status write_onnx(const Graph& graph, ByteSink& sink) {
  TPU_TRY(const onnx::ModelProto model, onnx_from_graph(graph));
  const std::size_t size = model.ByteSizeLong();
  constexpr auto kMostBytes = static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (size > kMostBytes) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = fmt::format("the model would take {}, a file of this form holds {}",
                                        bytes_text(static_cast<std::int64_t>(size)),
                                        bytes_text(static_cast<std::int64_t>(kMostBytes))),
                 .where = graph.name()};
  }
  sink.write(model.SerializeAsString());
  return Ok{};
}

TPU_REGISTER(register_writer<Graph>({.name = ".onnx",
                                     .summary = "standard operators, for other tools",
                                     .signature = "tpuscope",
                                     .has_values = true,
                                     .write = write_onnx}));

}  // namespace
}  // namespace tpuscope
