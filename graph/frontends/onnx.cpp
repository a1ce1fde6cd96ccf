// Reads ONNX models. Parsing is protobuf's; the walk over the graph is graph/onnx/reader.cpp.

#include <limits>

#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include "base/text.h"
#include "graph/frontend.h"
#include "graph/onnx/reader.h"

namespace tpuscope {
namespace {

bool accepts_onnx(std::string_view path, std::string_view head) {
  // Writers put ModelProto's first field first: ir_version, number 1, a small varint.
  constexpr char kIrVersionTag = 0x08;
  constexpr char kHighestIrVersion = 32;
  const bool model =
      head.size() > 2 && head[0] == kIrVersionTag && head[1] > 0 && head[1] <= kHighestIrVersion;
  return model || path.ends_with(".onnx");
}

Result<Graph> read_onnx(std::string_view path, std::string_view bytes,
                        const ImportOptions& options) {
  const std::string where = sanitised_utf8(path);
  onnx::ModelProto model;
  const google::protobuf::LogSilencer silencer;  // protobuf would write to stderr
  const bool fits = bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max());
  if (!fits || !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error{.message = "the file is truncated, damaged or not an ONNX model", .where = where};
  }
  if (!model.has_graph()) {
    return Error{.message = "the model has no graph", .where = where};
  }
  return with_location(graph_from_onnx(model, options), where);
}

TPU_REGISTER(
    FrontendRegistry::instance().add({.name = "onnx",
                                      .summary = "a protobuf ModelProto, or the extension .onnx",
                                      .priority = 30,
                                      .has_open_ends = true,
                                      .accepts = accepts_onnx,
                                      .read = read_onnx}));

}  // namespace
}  // namespace tpuscope
