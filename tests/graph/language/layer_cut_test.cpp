// cut_at_layers: where a whole model is cut, which layers are equal, and what cannot be cut.

#include "graph/language/layer_cut.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;

/// A layer with an attention of one head and a gated sum, reading `x` and making `y`; `width` is of
/// its inner product.
std::string layer_text(const std::string& name, const std::string& x, const std::string& y,
                       int width = 8) {
  std::string text = R"(
  N.q = MatMul(X, wq)
  N.k = MatMul(X, wk)
  N.kt = Permute(N.k) order=[0,2,1]
  N.scores = MatMul(N.q, N.kt)
  N.masked = Add(N.scores, mask)
  N.shares = Softmax(N.masked) axis=-1
  N.sums = MatMul(N.shares, N.k)
  N.middle = Add(X, N.sums)
  N.w1 = Weight f16[4,WIDTH]
  N.w2 = Weight f16[WIDTH,4]
  N.up = MatMul(N.middle, N.w1)
  N.down = MatMul(N.up, N.w2)
  Y = Add(N.middle, N.down)
)";
  const auto replace_all = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
      text.replace(at, from.size(), to);
  };
  replace_all("N.", name + ".");
  replace_all("WIDTH", std::to_string(width));
  replace_all("X", x);
  replace_all("Y", y);
  return text;
}

std::string model_text(const std::string& layers, const std::string& last) {
  return R"(
  tokens = Input i32[1,3]
  table = Weight f16[16,4]
  wq = Weight f16[4,4]
  wk = Weight f16[4,4]
  seen = Input f16[1,3,3]
  mask = Neg(seen)
  h0 = Gather(table, tokens) axis=0
)" + layers +
         "\n  norm = RmsNorm(" + last +
         ") axis=2\n  wh = Weight f16[4,16]\n  logits = MatMul(norm, wh)\n";
}

TEST_CASE("equal layers are one kind, between an embedding and a head") {
  const Result<LayerCut> cut = cut_at_layers(graph_of(model_text(
      layer_text("a", "h0", "h1") + layer_text("b", "h1", "h2") + layer_text("c", "h2", "h3"),
      "h3")));
  REQUIRE(cut.ok());
  CHECK(cut->layers() == 3);
  REQUIRE(cut->kinds.size() == 1);
  const Graph& block = cut->kinds[0].net;
  CHECK(to_text(block).find("Softmax") != std::string::npos);
  CHECK(to_text(block).find("RmsNorm") == std::string::npos);
  CHECK(block.inputs().size() == 2);  // hidden states, and the mask that all layers read
  CHECK(block.outputs().size() == 1);
  CHECK(to_text(cut->embedding).find("Gather") != std::string::npos);
  CHECK(to_text(cut->embedding).find("Neg") != std::string::npos);
  CHECK(to_text(cut->head).find("RmsNorm") != std::string::npos);
  CHECK(verify(cut->head).ok());
}

TEST_CASE("layers of other extents are another kind, the most frequent first") {
  const Result<LayerCut> cut = cut_at_layers(graph_of(model_text(
      layer_text("a", "h0", "h1", 12) + layer_text("b", "h1", "h2") + layer_text("c", "h2", "h3"),
      "h3")));
  REQUIRE(cut.ok());
  REQUIRE(cut->kinds.size() == 2);
  CHECK(cut->kinds[0].count == 2);
  CHECK(to_text(cut->kinds[0].net).find("f16[4,8]") != std::string::npos);
  CHECK(cut->kinds[1].count == 1);
}

TEST_CASE("a graph without attention, or with nothing after it, is refused") {
  for (const char* text :
       {"x = Input f16[1,3,4]\nw = Weight f16[4,4]\ny = MatMul(x, w)",
        "x = Input f16[1,3,4]\nt = Permute(x) order=[0,2,1]\ny = MatMul(x, t)"}) {
    const Result<LayerCut> cut = cut_at_layers(graph_of(text));
    REQUIRE(!cut.ok());
    CHECK(cut.error().message.find("cannot be cut at its layers") != std::string::npos);
  }
}

}  // namespace
}  // namespace tpuscope
