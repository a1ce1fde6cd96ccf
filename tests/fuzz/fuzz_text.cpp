// Any text is either refused with an error or a graph; a graph that verifies prints to a text that
// reads back to the same text.

#include "graph/graph.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const Result<Graph> graph = parse_graph(as_text(data, size), "fuzz");
  if (!graph.ok() || !verify(*graph).ok()) return 0;
  const std::string printed = to_text(*graph);
  const Result<Graph> again = parse_graph(printed, "printed");
  TPU_CHECK(again.ok(), "does not read back: {}\n{}", again.error().message, printed);
  TPU_CHECK(to_text(*again) == printed, "reads back as\n{}\nfrom\n{}", to_text(*again), printed);
  return 0;
}
