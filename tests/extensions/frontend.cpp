// A form of network files: "triple 2 3 4" is an input of that shape, tripled.

#include "graph/frontend.h"

#include <sstream>

namespace tpuscope {
namespace {

bool accepts_tripled_shape(std::string_view, std::string_view head) {
  return head.starts_with("triple ");
}

Result<Graph> read_tripled_shape(std::string_view path, std::string_view bytes,
                                 const ImportOptions&) {
  std::istringstream words{std::string(bytes)};
  std::string text;
  words >> text;
  std::string extents;
  while (words >> text)
    extents += (extents.empty() ? "" : ",") + text;
  return parse_graph("x = Input f32[" + extents + "]\ny = Triple(x)\n", path);
}

TPU_REGISTER(FrontendRegistry::instance().add({.name = "tripled_shape",
                                               .summary = "the word triple and a shape",
                                               .priority = 5,
                                               .accepts = accepts_tripled_shape,
                                               .read = read_tripled_shape}));

}  // namespace
}  // namespace tpuscope
