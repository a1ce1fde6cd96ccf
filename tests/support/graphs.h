// Graphs for tests: parsed from text, compared as text.

#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "graph/graph.h"

namespace tpuscope::testing {

/// The graph; a parse error fails the test with its message.
inline Graph graph_of(std::string_view text) {
  Result<Graph> graph = parse_graph(text, "test");
  if (!graph.ok()) FAIL(graph.error().where, ": ", graph.error().message);
  return *std::move(graph);
}

/// Text without the indentation and blank lines that a raw string in a test brings.
inline std::string lines(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.empty()) result += std::string(line) + "\n";
  }
  return result;
}

}  // namespace tpuscope::testing
