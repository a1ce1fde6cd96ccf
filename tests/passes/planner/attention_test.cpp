// What the whole chain of permute passes leaves of real networks: the published result for Swin,
// and the same for the attention of BERT and CLIP.

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "passes/explain.h"
#include "passes/pipeline.h"
#include "passes/precision/precision.h"
#include "passes/rewrites/rewrite.h"
#include "tests/support/graphs.h"
#include "tests/support/places.h"

namespace tpuscope {
namespace {

Graph network(const std::string& name, std::string_view switches, DType precision = DType::kF16) {
  auto graph = load_graph(name);
  REQUIRE(graph.ok());
  REQUIRE(lower_precision(*graph, precision).ok());
  REQUIRE(run_pipeline(*graph, {.switches = *parse_switches(switches)}).ok());
  return *std::move(graph);
}

std::string model(const std::string& file) {
  return test::source_folder() + "/tests/models/" + file;
}

/// Permutes that move data, by rank: only window partition, window reverse and patch merging
/// have 6.
std::int64_t permutes_of_rank(const Graph& graph, std::size_t rank) {
  std::int64_t found = 0;
  for (const OpId op : graph.ops()) {
    if (moves_data(graph, op) && graph[op].results[0].type.rank() == rank) ++found;
  }
  return found;
}

// Swin-T has 12 blocks. In the two of the last stage there is one window, and partition and reverse
// are reshapes; in the other 10 they move data.
constexpr std::int64_t kBlocks = 12;
constexpr std::int64_t kWindowed = 10;
// Between its four stages lie three patch mergings, which are one permute each.
constexpr std::int64_t kMergings = 3;

TEST_CASE("Swin keeps window partition and reverse, and no permute in between") {
  for (const std::string& name :
       {std::string("swin_t"), model("swin_t_op17.onnx"), model("swin_t_torchvision.onnx"),
        model("swin_t_torchvision_raw.onnx")}) {
    CAPTURE(name);
    const Graph graph = network(name, "optimized");
    CHECK(permutes_of_rank(graph, 6) == 2 * kWindowed + kMergings);
    CHECK(permutes_of_rank(graph, 5) == 0);
    // Outside the blocks: torchvision moves channels last after the stem and first again before
    // the pooling; timm flattens after the stem instead.
    const std::int64_t rank_4 = permutes_of_rank(graph, 4);
    const std::int64_t rank_3 = permutes_of_rank(graph, 3);
    CHECK(((rank_4 == 2 && rank_3 == 0) || (rank_4 == 0 && rank_3 == 1)));
  }
}

TEST_CASE("under baseline each windowed block keeps its five permutes") {
  const Graph graph = network("swin_t", "baseline");
  CHECK(permutes_of_rank(graph, 6) == 2 * kWindowed + kMergings);
  CHECK(permutes_of_rank(graph, 5) == kBlocks);      // q, k and v at once
  CHECK(permutes_of_rank(graph, 4) == 2 * kBlocks);  // keys transposed, heads back
}

TEST_CASE("f32 products cannot take heads in, so their permutes stay") {
  const Graph graph = network("swin_t", "optimized", DType::kF32);
  CHECK(permutes_of_rank(graph, 4) == 4 * kBlocks);  // q, k, v, and heads back
}

TEST_CASE("BERT keeps no permute at all") {
  CHECK(count_permutes(network("bert_base_256", "baseline,-head_attention")) == 4 * 12);
  CHECK(count_permutes(network("bert_base_256", "optimized,-head_attention")) == 0);
  CHECK(count_permutes(network("bert_base_256", "baseline")) == 0);
}

TEST_CASE("CLIP keeps only the permute behind its stem") {
  const Graph graph = network("clip_image_vitb32", "optimized");
  CHECK(count_permutes(graph) == 1);
}

// ViT at batch 2: one product for q, k and v, heads brought to the front with a permute of five
// axes.
constexpr const char* kVitAttention = R"(
  x = Input f16[2,5,12]
  w = Weight f16[12,36]
  qkv = MatMul(x, w)
  r = Reshape(qkv) shape=[2,5,3,3,4]
  p = Permute(r) order=[2,0,3,1,4]
  s0 = Slice(p) starts=[0,0,0,0,0] extents=[1,2,3,5,4]
  s1 = Slice(p) starts=[1,0,0,0,0] extents=[1,2,3,5,4]
  s2 = Slice(p) starts=[2,0,0,0,0] extents=[1,2,3,5,4]
  q = Squeeze(s0) axes=[0]
  k = Squeeze(s1) axes=[0]
  v = Squeeze(s2) axes=[0]
  kt = Permute(k) order=[0,1,3,2]
  scores = MatMul(q, kt)
  scale = Weight f16[] {0.5}
  scaled = Mul(scores, scale)
  a = Softmax(scaled) axis=3
  o = MatMul(a, v)
  back = Permute(o) order=[0,2,1,3]
  y = Reshape(back) shape=[2,5,12]
)";

TEST_CASE("the attention of a vision transformer keeps no permute") {
  Graph graph = testing::graph_of(kVitAttention);
  REQUIRE(run_pipeline(graph, {.switches = SwitchSet::all(), .verify_each = true}).ok());
  CHECK(count_permutes(graph) == 0);
}

TEST_CASE("without the split of q, k and v its permutes stay") {
  Graph graph = testing::graph_of(kVitAttention);
  const auto switches = *parse_switches("optimized,-split_qkv_permute");
  REQUIRE(run_pipeline(graph, {.switches = switches, .verify_each = true}).ok());
  CHECK(count_permutes(graph) == 2);
}

TEST_CASE("networks without attention are left alone") {
  for (const char* name : {"resnet50", "yolov5s", "openpose_coco_368"}) {
    CAPTURE(name);
    CHECK(count_permutes(network(name, "optimized")) == count_permutes(network(name, "baseline")));
  }
}

TEST_CASE("of every permute that stays somebody says why") {
  auto graph = load_graph("swin_t");
  REQUIRE(graph.ok());
  REQUIRE(lower_precision(*graph, DType::kF16).ok());
  const auto result = run_pipeline(*graph, {.switches = SwitchSet::all()});
  REQUIRE(result.ok());
  for (const StayingPermute& permute : staying_permutes(*graph, *result)) {
    CAPTURE((*graph)[permute.op].name);
    CHECK_FALSE(permute.reasons.empty());
  }
}

}  // namespace
}  // namespace tpuscope
