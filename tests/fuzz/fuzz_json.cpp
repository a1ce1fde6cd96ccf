// Any JSON is either refused with an error or a graph; a graph that verifies is written as JSON
// that reads back to the same JSON.

#include "graph/graph.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  const Result<Graph> graph = graph_from_json(as_text(data, size), "fuzz.json");
  if (!graph.ok() || !verify(*graph).ok()) return 0;
  const std::string written = to_json(*graph);
  const Result<Graph> again = graph_from_json(written, "written.json");
  TPU_CHECK(again.ok(), "does not read back: {}\n{}", again.error().message, written);
  TPU_CHECK(to_json(*again) == written, "reads back differently:\n{}", written);
  return 0;
}
