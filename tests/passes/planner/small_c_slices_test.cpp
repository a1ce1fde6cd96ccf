// Groups whose outer axes are on lanes together: one image's heads are cut as images are, then
// rows.

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/compile.h"
#include "tests/support/graphs.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

std::vector<SliceCounts> slices_of(std::string_view text, DType precision) {
  Configuration configuration;
  configuration.precision.precision = precision;
  configuration.precision.boundary = Boundary::kNative;
  const Result<Run> run = Compiler(testing::graph_of(text)).run(configuration);
  REQUIRE(run.ok());
  std::vector<SliceCounts> slices;
  for (const Group& group : run->simulation.plan.groups) {
    if (const LayerGroup* layers = group.layers()) slices.push_back(layers->secs);
  }
  return slices;
}

TEST_CASE("attention weights of many tokens are cut by heads and rows, as the compiler cuts them") {
  const std::string_view text = R"(
    x = Input f32[1,6,1370,1370]
    a = Abs(x)
    p = Softmax(a) axis=3
    y = Abs(p)
    return y
  )";
  CHECK(slices_of(text, DType::kF16) == std::vector{SliceCounts{6, 2, 1, 1, 1}});
}

TEST_CASE("attention weights that fit are not cut") {
  const std::string_view text = R"(
    x = Input f32[1,6,197,197]
    a = Abs(x)
    p = Softmax(a) axis=3
    y = Abs(p)
    return y
  )";
  CHECK(slices_of(text, DType::kF16) == std::vector{SliceCounts{1, 1, 1, 1, 1}});
}

TEST_CASE("an attention of 1,370 tokens is no slower in 8 bits than in 16") {
  const Result<Graph> graph =
      load_graph(test::source_folder() + "/tests/cases/x38_attention_of_1370_tokens.onnx");
  REQUIRE(graph.ok());
  const auto time_of = [&](DType precision) {
    Configuration configuration;
    configuration.precision.precision = precision;
    const Result<Run> run = Compiler(Graph(*graph)).run(configuration);
    REQUIRE(run.ok());
    return run->simulation.timeline.makespan;
  };
  CHECK(time_of(DType::kI8) < time_of(DType::kF16));
}

}  // namespace
}  // namespace tpuscope
