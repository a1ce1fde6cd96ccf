// Files of tests/cases: what each was refused or slow for is gone.

#include <algorithm>

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "graph/pass.h"
#include "tests/support/graphs.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

Graph case_graph(const std::string& name) {
  auto graph = load_graph(test::source_folder() + "/tests/cases/" + name + ".onnx");
  if (!graph.ok()) FAIL(name, ": ", graph.error().message);
  return *std::move(graph);
}

std::int64_t count_of(const Graph& graph, std::string_view type) {
  const std::vector<OpId> ops = graph.ops();
  return std::count_if(ops.begin(), ops.end(), [&](OpId op) { return graph[op].is(type); });
}

TEST_CASE("the blocked layout of ONNX Runtime is undone") {
  const Graph graph = case_graph("x20_nchwc");
  CHECK(count_of(graph, "Conv") == 1);
  CHECK(count_of(graph, "Relu") == 1);
  CHECK(graph.ops().size() == 6);  // image, weight, bias, convolution, activation, output
}

TEST_CASE("filters that only fill a block of channels are left out") {
  const Graph graph = case_graph("nchwc_depthwise");
  // 20 channels in blocks of 8 or 16: the file has filters for 24 or 32.
  CHECK(to_text(graph).find("f32[20,1,3,3]") != std::string::npos);
  CHECK(to_text(graph).find("group=20") != std::string::npos);
}

TEST_CASE("a product with a packed weight is a product with the weight that it stands for") {
  const Graph graph = case_graph("x21_matmul_nbits");
  CHECK(count_of(graph, "MatMul") == 1);
  CHECK(to_text(graph).find("Weight f32[256,256] stored=\"u4\"") != std::string::npos);
}

TEST_CASE("tables and weights in any packing are the numbers that they stand for") {
  const Graph graph = case_graph("packed_weights");
  CHECK(count_of(graph, "Gather") == 1);
  CHECK(count_of(graph, "MatMul") == 2);
  const std::string text = to_text(graph);
  std::size_t stored = 0;
  for (std::size_t at = text.find("stored=\"u4\""); at != std::string::npos;
       at = text.find("stored=\"u4\"", at + 1))
    ++stored;
  CHECK(stored == 3);
}

TEST_CASE("channels that an optimiser put last in 8 bits are first again") {
  const Graph graph = case_graph("channels_last_int8");
  CHECK(count_of(graph, "Permute") == 0);
  CHECK(count_of(graph, "Conv") == 2);
  CHECK(count_of(graph, "MaxPool") == 1);
}

TEST_CASE("permutes between convolutions vanish, whatever stands there") {
  CHECK(count_of(case_graph("x39_nhwc_residual"), "Permute") == 1);  // of the input itself
  CHECK(count_of(case_graph("50_pad_between_permutes"), "Permute") == 0);
}

TEST_CASE("BatchNorm as Keras writes it joins its convolution") {
  const Graph graph = case_graph("x39_nhwc_residual");
  CHECK(count_of(graph, "Mul") == 0);
  CHECK(count_of(graph, "Sub") == 0);
}

TEST_CASE("one replaced row of a cache is a join of three parts") {
  const Graph graph = case_graph("x02_cache_update");
  CHECK(count_of(graph, "Permute") == 0);
  CHECK(count_of(graph, "ScatterND") == 0);
  CHECK(count_of(graph, "Concat") == 1);
}

TEST_CASE("a norm keeps a scale per row of a square tensor outside") {
  CHECK(count_of(case_graph("r18_layernorm_row_scale"), "Mul") == 1);
}

TEST_CASE("each rewrite of import can be left out, and does something in a network made for all") {
  const std::string path = test::source_folder() + "/tests/cases/rewrites_of_import.onnx";
  const std::string with_all = to_text(case_graph("rewrites_of_import"));
  for (const Pass* pass : passes_of(PassStage::kImport)) {
    CAPTURE(pass->name);
    ImportOptions options;
    options.without = {std::string(pass->name)};
    const auto graph = load_graph(path, options);
    REQUIRE(graph.ok());
    CHECK(to_text(*graph) != with_all);
  }
}

}  // namespace
}  // namespace tpuscope
