// A network rewritten for several images takes exactly as long as the one exported for them, and
// what a batch may do besides, so that it takes no longer than as many runs of one image.

#include <algorithm>

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

/// The network at two images in INT8.
Compiled pair_of_images(const std::string& name) {
  Configuration configuration;
  configuration.precision.precision = DType::kI8;
  configuration.batch = 2;
  Result<Compiled> compiled = Compiler(*load_graph(name)).compile(configuration);
  REQUIRE(compiled.ok());
  return *std::move(compiled);
}

/// Groups of several slices whose weights each image loads, and those that hold them.
std::pair<std::int64_t, std::int64_t> reloading_and_holding(const Plan& plan) {
  std::pair<std::int64_t, std::int64_t> counts;
  for (const Group& group : plan.groups) {
    if (group.layers() == nullptr || group.slice_count() == 1) continue;
    const auto& buffers = group.layers()->buffers;
    const bool has_weights =
        std::any_of(buffers.begin(), buffers.end(),
                    [](const LocalBuffer& buffer) { return buffer.kind == BufferKind::kWeight; });
    if (!has_weights) continue;
    const bool holds = std::any_of(buffers.begin(), buffers.end(),
                                   [](const LocalBuffer& buffer) { return buffer.is_resident; });
    CHECK(holds != group.layers()->image_by_image);
    ++(holds ? counts.second : counts.first);
  }
  return counts;
}

// BERT's layers are one group at one image. The weights of all 12, held for two, do not fit.
TEST_CASE("each image of a batch loads the weights where holding them takes longer than two runs") {
  const auto [reloading, holding] = reloading_and_holding(pair_of_images("bert_base_256").plan);
  CHECK(reloading == 1);
  CHECK(holding == 0);
}

TEST_CASE("a batch that is faster than as many runs holds its weights, as the compiler does") {
  const auto [reloading, holding] = reloading_and_holding(pair_of_images("yolov5s").plan);
  CHECK(reloading == 0);
  CHECK(holding > 0);
}

}  // namespace
}  // namespace tpuscope
