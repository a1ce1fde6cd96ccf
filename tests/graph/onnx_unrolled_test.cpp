// Operators that become products and steps: recurrent nets, Fourier transforms, Col2Im. ONNX's own
// cases check their values; here is what they are taken apart into.

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/onnx_models.h"
#include "tests/support/ops.h"

namespace tpuscope {
namespace {

using testing::imported;

/// How often a word is in a text.
std::size_t count_of_word(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST_CASE("an LSTM is one product of all inputs, and one of the state per step") {
  const std::string ops = imported(
      "x = Input f32[5,2,8]\nw = Weight f32[1,16,8]\nr = Weight f32[1,16,4]\nb = Weight f32[1,32]",
      "LSTM", 14, {{"hidden_size", std::int64_t{4}}});
  CHECK(count_of_word(ops, "MatMul") == 1 + 5);
  CHECK(count_of_word(ops, "Sigmoid") == 3 * 5);  // input, output and forget gates
  CHECK(count_of_word(ops, "Tanh") == 2 * 5);     // candidate, cell
  CHECK(ops.ends_with("-> f32[5,1,2,4]"));
}

TEST_CASE("both directions of a GRU are joined along the second axis") {
  const std::string ops =
      imported("x = Input f32[3,2,8]\nw = Weight f32[2,12,8]\nr = Weight f32[2,12,4]", "GRU", 14,
               {{"hidden_size", std::int64_t{4}}, {"direction", std::string("bidirectional")}});
  CHECK(count_of_word(ops, "MatMul") == 2 * (1 + 2 * 3));  // gates, then the candidate
  CHECK(ops.ends_with("-> f32[3,2,2,4]"));
}

TEST_CASE("a recurrent net whose weights do not fit, or with an unknown activation, is refused") {
  const std::string sources = "x = Input f32[3,2,8]\nw = Weight f32[1,4,8]\nr = Weight f32[1,4,4]";
  CHECK(imported(sources, "RNN", 14).ends_with("-> f32[3,1,2,4]"));
  CHECK(imported(sources, "LSTM", 14).find("do not go together") != std::string::npos);
  CHECK(imported(sources, "RNN", 14, {{"activations", std::string("Affine")}}).find("Affine") !=
        std::string::npos);
  CHECK(imported(sources, "RNN", 14, {{"clip", 1.0}}).find("clip") != std::string::npos);
}

TEST_CASE("a DFT is a product with cosines and sines") {
  const std::string ops =
      imported("x = Input f32[1,6,8,1]", "DFT", 17, {{"axis", std::int64_t{2}}});
  CHECK(count_of_word(ops, "MatMul") == 1);
  CHECK(ops.ends_with("-> f32[1,6,8,2]"));
  // One sample of 1 has all frequencies alike; the wave of bin 1 turns by a quarter per sample.
  testing::OnnxModel model(17);
  model.input("x", {1, 4, 1}).node("DFT", {"x"}, {"y"}).output("y");
  const Result<Graph> graph = model.read();
  REQUIRE(graph.ok());
  const auto results = evaluate(*graph, {HostTensor{{DType::kF32, {1, 4, 1}}, {0, 1, 0, 0}}});
  REQUIRE(results.ok());
  const std::vector<double> expected = {1, 0, 0, -1, -1, 0, 0, 1};
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(results->front()[static_cast<std::int64_t>(i)] ==
          doctest::Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("an STFT is a convolution that steps from frame to frame") {
  const std::string ops =
      imported("x = Input f32[1,16000]\ns = Weight i64[] {160}\nw = Weight f32[400]", "STFT", 17);
  CHECK(count_of_word(ops, "Conv") == 1);
  CHECK(ops.ends_with("-> f32[1,98,201,2]"));  // (16000 - 400) / 160 + 1 frames, 400 / 2 + 1 bins
  CHECK(imported("x = Input f32[1,100]\ns = Weight i64[] {160}\nw = Weight f32[400]", "STFT", 17)
            .find("frames of 400") != std::string::npos);
}

TEST_CASE("Col2Im is a transposed convolution whose filters are 1 at one place each") {
  const std::string sources =
      "x = Input f32[1,72,256]\ni = Weight i64[2] {32, 32}\nb = Weight i64[2] {3, 3}";
  const Attributes attributes{{"strides", IntList{2, 2}}, {"pads", IntList{1, 1, 1, 1}}};
  const std::string ops = imported(sources, "Col2Im", 18, attributes);
  CHECK(count_of_word(ops, "ConvTranspose") == 1);
  CHECK(ops.ends_with("-> f32[1,8,32,32]"));
  CHECK(imported(sources, "Col2Im", 18).find("holds no columns") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
