// Products and convolutions take as long as their work says, whichever of their axes is long.

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/compile.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

/// Time after the launch, in units of the bound.
double times_bound(const std::string& name, DType precision) {
  const Result<Graph> graph = load_graph(test::source_folder() + "/tests/cases/" + name);
  REQUIRE(graph.ok());
  Configuration configuration;
  configuration.precision.precision = precision;
  configuration.precision.boundary = Boundary::kNative;
  const Result<Run> run = Compiler(*graph).run(configuration);
  REQUIRE(run.ok());
  const Simulation& simulation = run->simulation;
  const Picoseconds time = simulation.timeline.makespan - simulation.timeline.launch;
  return static_cast<double>(time.value) / static_cast<double>(simulation.bounds.time().value);
}

TEST_CASE("a product with a long inner axis takes about as long as one of the same size without") {
  for (const DType precision : {DType::kF16, DType::kI8}) {
    const double inner = times_bound("19_down_projection.onnx", precision);
    const double outer = times_bound("20_up_projection.onnx", precision);
    CHECK(inner < 1.5 * outer);
    CHECK(outer < 2);
  }
  // Beside the cube all columns of a tile pass for each row, whose parts are read more often.
  CHECK(times_bound("19_down_projection.onnx", DType::kF32) <
        2.5 * times_bound("20_up_projection.onnx", DType::kF32));
}

TEST_CASE("a dilated convolution over many channels stays near its bound") {
  for (const DType precision : {DType::kF32, DType::kF16, DType::kI8})
    CHECK(times_bound("22_aspp_513x1025.onnx", precision) < 3);
}

TEST_CASE("rows longer than a lane are read as often as they must, not more") {
  // A mean, a variance and the results: three times read, once written, where two would be least.
  CHECK(times_bound("r22_groupnorm_sd.tpu", DType::kF16) < 4);
  CHECK(times_bound("13_group_norm_unet.onnx", DType::kF16) < 4);
  CHECK(times_bound("15_global_pool_512.onnx", DType::kF32) < 2);
  // Two folds of a lane's part of the row follow its load.
  CHECK(times_bound("16_argmax_vocabulary.onnx", DType::kF32) < 3);
}

}  // namespace
}  // namespace tpuscope
