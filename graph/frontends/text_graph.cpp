// Reads the text form of graphs, which tests, people and `optimize --print-changed` use.

#include "graph/frontend.h"

namespace tpuscope {
namespace {

constexpr std::string_view kExtension = ".tpu";

/// Whether a line is `name = OpType...`; the parser says what is wrong with the rest.
bool looks_like_op(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  const std::string_view names = line.substr(0, equals);
  const std::size_t op = line.find_first_not_of(" \t", equals + 1);
  const auto printable = [](char c) { return static_cast<unsigned char>(c) >= 0x20; };
  for (const char c : names) {
    if (!printable(c) || c == '{' || c == '<') return false;
  }
  return op != std::string_view::npos && line[op] >= 'A' && line[op] <= 'Z';
}

bool accepts_text_graph(std::string_view path, std::string_view head) {
  if (path.ends_with(kExtension)) return true;
  // The first line that says something; comments begin like the headings of other files.
  for (;;) {
    const std::size_t first = head.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return false;
    head.remove_prefix(first);
    const std::string_view line = head.substr(0, head.find('\n'));
    if (!line.starts_with('#')) return looks_like_op(line);
    head.remove_prefix(line.size());
  }
}

Result<Graph> read_text_graph(std::string_view path, std::string_view bytes, const ImportOptions&) {
  return parse_graph(bytes, path);
}

TPU_REGISTER(
    FrontendRegistry::instance().add({.name = "text",
                                      .summary = "lines of the form `y = Permute(x) order=[1,0]`",
                                      .priority = 10,
                                      .accepts = accepts_text_graph,
                                      .read = read_text_graph}));

}  // namespace
}  // namespace tpuscope
