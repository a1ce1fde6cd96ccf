// A network rewritten for several images takes exactly as long as the one exported for them.

#include <doctest/doctest.h>

#include "graph/batch.h"
#include "passes/pipeline.h"
#include "passes/planner/plan_groups.h"
#include "passes/planner/switches.h"
#include "passes/precision/precision.h"
#include "tests/support/models.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

std::int64_t optimised_time(Graph graph) {
  const std::vector<std::string> switches = *parse_switches("optimized");
  const Chip chip = *load_chip("bm1684x");
  CHECK(lower_precision(graph, DType::kF16).ok());
  CHECK(run_pipeline(graph, {.switches = switches}).ok());
  const auto plan = plan_layer_groups(graph, chip, with_switches({}, switches));
  REQUIRE(plan.ok());
  return simulate(graph, chip, *plan)->timeline.makespan.value;
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
