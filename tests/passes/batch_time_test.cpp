// A network rewritten for several images takes exactly as long as the one exported for them.

#include <doctest/doctest.h>

#include "graph/batch.h"
#include "passes/compile.h"
#include "tests/support/models.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

std::int64_t optimised_time(Graph graph) {
  const Result<Run> run = Compiler(std::move(graph)).run({});
  REQUIRE(run.ok());
  return run->simulation.timeline.makespan.value;
}

TEST_CASE("a rewritten batch is simulated as an exported one") {
  const std::string folder = test::source_folder() + "/tests/models/";
  for (const auto& [one, many] : {std::pair<std::string, std::string>{"resnet50", "resnet50_b4"},
                                  {"bert_base_256", "bert_base_256_b8"},
                                  {"yolov8s", "yolov8s_b4"},
                                  {"c3d", "c3d_b4"}}) {
    const std::string& name = many;
    CAPTURE(name);
    const Graph exported = *load_graph(folder + many + ".onnx");
    const Result<Graph> rewritten = with_batch(*load_graph(one), batch_of(exported));
    REQUIRE(rewritten.ok());
    CHECK(optimised_time(*rewritten) == optimised_time(exported));
  }
}

}  // namespace
}  // namespace tpuscope
