// Any bytes are either refused with an error or a graph that verifies and can be counted.

#include "graph/frontend.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tpuscope;
  ImportOptions options;
  options.dims = {{"past", 4}, {"sequence", 4}, {"height", 8}, {"width", 8}};
  options.branches = {{"cond", true}};
  options.is_one_of_several = true;  // most inputs have none of these
  const Result<Graph> graph = read_graph("x.onnx", as_text(data, size), options);
  if (!graph.ok()) return 0;
  const Status verified = verify(*graph);
  TPU_CHECK(verified.ok(), "imported a broken graph: {}", verified.error().message);
  TPU_CHECK(count(*graph).macs >= 0, "negative work");
  return 0;
}
