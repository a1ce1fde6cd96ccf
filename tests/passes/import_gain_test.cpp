// What each rewrite of import is worth: a network that it is for takes longer without it.

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/compile.h"
#include "tests/support/graphs.h"
#include "tests/support/onnx_models.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

double time_of(Graph graph) {
  Compiler compiler(std::move(graph), "test");
  Configuration configuration;
  configuration.precision.precision = DType::kF16;
  configuration.overrides = {{"overhead.launch_us", "0"}};  // the same with and without
  const auto run = compiler.run(configuration);
  if (!run.ok()) FAIL(run.error().where, ": ", run.error().message);
  return static_cast<double>(run->simulation.timeline.makespan.value);
}

/// Built in, or a file of the tests.
double time_of(const std::string& network, const ImportOptions& options) {
  const bool is_file = network.find('/') != std::string::npos;
  auto graph = load_graph(is_file ? test::source_folder() + "/tests/" + network : network, options);
  if (!graph.ok()) FAIL(network, ": ", graph.error().message);
  return time_of(*std::move(graph));
}

TEST_CASE("a network takes longer without the rewrite that it needs") {
  struct Gain {
    const char* rewrite;
    const char* network;
    /// Times as long. The compiler adds a bias in place, which takes longer, and computes all of a
    /// GELU in f32, of its parts the error function alone; a roll along channels goes lane by lane,
    /// its slices do not. Where a network is many small ones side
    /// by side, fewer ops in one may put it elsewhere among the others.
    double at_least;
  };
  for (const Gain& gain :
       {Gain{"bias_add", "swin_t", 0.99}, Gain{"gelu_erf", "bert_base_256", 0.98},
        Gain{"layer_norm", "models/swin_t_torchvision.onnx", 1.1},
        Gain{"flat_rows", "models/swin_t_torchvision.onnx", 1.1},
        Gain{"patch_merging", "swin_t", 1}, Gain{"swap_dim_inner", "swin_t", 0.99},
        Gain{"channels_last", "exports/keras_unet_fixed.onnx", 4},
        Gain{"channels_last", "cases/x39_nhwc_residual.onnx", 2},
        Gain{"conv_padding", "exports/tf_mobilenet_v2.onnx", 2},
        Gain{"batch_norm", "exports/tf_mobilenet_v2.onnx", 1},
        Gain{"silu", "exports/yolo11n_cls.onnx", 0.97},
        Gain{"slice_assignment", "cases/x02_cache_update.onnx", 1.5},
        Gain{"group_norm", "cases/13_group_norm_unet.onnx", 3},
        Gain{"rms_norm", "cases/rewrites_of_import.onnx", 1},
        Gain{"guarded_softmax", "cases/rewrites_of_import.onnx", 0.98}}) {
    CAPTURE(gain.rewrite);
    CAPTURE(gain.network);
    ImportOptions without;
    without.without = {gain.rewrite};
    const auto with_all = time_of(gain.network, {});
    const auto left_out = time_of(gain.network, without);
    CHECK(left_out > with_all * gain.at_least);
  }
}

/// A convolution, what `between` makes of its result x with constants k0, k1, ..., a convolution.
testing::OnnxModel between_convolutions(const std::vector<float>& constants) {
  testing::OnnxModel model(17);
  model.input("image", {1, 64, 112, 112});
  model.initializer("w", {64, 64, 1, 1});
  model.initializer("v", {64, 64, 1, 1});
  for (std::size_t i = 0; i < constants.size(); ++i)
    model.initializer("k" + std::to_string(i), {}).add_float_data(constants[i]);
  model.node("Conv", {"image", "w"}, {"x"});
  return model;
}

void check_gain(const std::string& rewrite, testing::OnnxModel model, double at_least) {
  CAPTURE(rewrite);
  model.node("Conv", {"y", "v"}, {"z"}).output("z");
  ImportOptions without;
  without.without = {rewrite};
  auto with_all = model.read();
  auto left_out = model.read(without);
  REQUIRE(with_all.ok());
  REQUIRE(left_out.ok());
  CHECK(time_of(*std::move(left_out)) > at_least * time_of(*std::move(with_all)));
}

TEST_CASE("a neutral number costs more than none") {
  testing::OnnxModel neutral = between_convolutions({1, 0});
  neutral.node("Mul", {"x", "k0"}, {"a"})
      .node("Relu", {"a"}, {"b"})
      .node("Add", {"b", "k1"}, {"y"});
  check_gain("no_ops", neutral, 1);
}

TEST_CASE("a division by a constant takes no longer than a product") {
  auto division = load_graph(test::source_folder() + "/tests/cases/r21_division_by_constant.tpu");
  REQUIRE(division.ok());
  const double product = time_of(testing::graph_of(
      "x = Input f32[1,256,12,256]\nc = Weight f32[] {0.125}\ny = Mul(x, c)\nz = Relu(y)"));
  CHECK(time_of(*std::move(division)) <= product);
}

TEST_CASE("a HardSwish in one op costs at most 1 % more than its parts, for it is the compiler's") {
  testing::OnnxModel parts = between_convolutions({3, 0, 6});
  parts.node("Add", {"x", "k0"}, {"a"}).node("Clip", {"a", "k1", "k2"}, {"b"});
  parts.node("Mul", {"x", "b"}, {"c"}).node("Div", {"c", "k2"}, {"y"});
  check_gain("hard_swish", parts, 0.99);
}

}  // namespace
}  // namespace tpuscope
