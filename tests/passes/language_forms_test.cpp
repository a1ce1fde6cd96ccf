// One block of a language model in the five forms that exporters write (elementary operators with
// heads first, with tokens first, operator set 23, onnxruntime-genai, int4 with DequantizeLinear),
// and as a configuration of the same sizes builds it: all take the same time.

#include <cmath>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "graph/language/language_nets.h"
#include "passes/compile.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

constexpr double kSame = 0.02;

/// Cycles of a block on BM1684X in w4f16, without the launch.
double form_time(Graph graph, const WeightPacking& packing) {
  Configuration configuration;
  configuration.precision.precision = DType::kF16;
  configuration.precision.boundary = Boundary::kNative;
  configuration.precision.weights = packing;
  Compiler compiler(std::move(graph), "block", 1);
  const Result<Run> run = compiler.run(configuration);
  if (!run.ok()) FAIL(run.error().where, ": ", run.error().message);
  const Timeline& timeline = run->simulation.timeline;
  return static_cast<double>((timeline.makespan - timeline.launch).value);
}

Graph form_called(const std::string& name) {
  auto graph =
      load_graph(test::source_folder() + "/tests/cases/language/block_decode" + name + ".onnx");
  if (!graph.ok()) FAIL(name, ": ", graph.error().message);
  return *std::move(graph);
}

/// The configuration's block: of the sizes of the files.
double built_time(std::int64_t group) {
  const LanguageModel model{.layers = 28,
                            .hidden = 1536,
                            .heads = 12,
                            .kv_heads = 2,
                            .head_width = 128,
                            .intermediate = 8960,
                            .vocabulary = 151936,
                            .has_qkv_bias = true};
  const LanguageTypes types{.half = DType::kF16, .bits = 4, .group = group};
  return form_time(*block_net(model, types, {.now = 1, .past = 512}), {});
}

TEST_CASE("a block takes the same time in whatever form it was exported") {
  const double expected = built_time(64);
  for (const char* name : {"", "_tpu", "_op23", "_genai_int4", "_qdq_int4"}) {
    CAPTURE(name);
    const double time = form_time(form_called(name), {.bits = 4, .group = 64});
    CHECK(std::abs(time / expected - 1) <= kSame);
  }
}

TEST_CASE("files that pack their weights take the time of their own groups") {
  const WeightPacking as_stored{.is_as_stored = true};
  CHECK(std::abs(form_time(form_called("_genai_int4"), as_stored) / built_time(32) - 1) <= kSame);
  CHECK(std::abs(form_time(form_called("_qdq_int4"), as_stored) / built_time(128) - 1) <= kSame);
  // The test can tell groups apart: 3/32 and 3/128 bytes per weight beside 1/2.
  CHECK(built_time(32) / built_time(128) > 1 + 3 * kSame);
}

}  // namespace
}  // namespace tpuscope
