// head_attention: one op per head, where the compiler knows the form.

#include "passes/rewrites/head_attention.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "passes/compile.h"
#include "sim/chip/chip.h"
#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::after_pass;
using testing::check_same_function;
using testing::check_unchanged;
using testing::graph_of;

/// What the texts below differ in.
struct Form {
  std::string type = "f16";
  std::string key_source = "x";
  std::string key_order = "0,2,3,1";
  std::string scale = "scaled = Div(scores, s)";
  std::string masked = "z = Add(scaled, mask)";
  std::string mask = "1,1,1,3";
};

/// Two heads of one element over three tokens of two channels.
std::string attention(const Form& form) {
  const std::string& t = form.type;
  std::string text = fmt::format("x = Input {0}[1,3,2]\nmask = Input {0}[{1}]\n", t, form.mask);
  text += fmt::format("e = Input {0}[1,3,2]\n", t);
  text += fmt::format("wq = Weight {0}[2,2] {{0.5, 0.25, -0.5, 1}}\n", t);
  text += fmt::format("wk = Weight {0}[2,2] {{-0.25, 0.75, 0.5, 0.125}}\n", t);
  text += fmt::format("wv = Weight {0}[2,2] {{1, -0.5, 0.25, 0.5}}\n", t);
  text += fmt::format("wo = Weight {0}[2,2] {{0.5, -1, 0.75, 0.25}}\n", t);
  text += fmt::format("bq = Weight {0}[2] {{0.5, -0.25}}\nbo = Weight {0}[2] {{1, 2}}\n", t);
  text += fmt::format("s = Weight {0}[] {{2}}\n", t);
  text += "q = MatMul(x, wq, bq)\nk = MatMul(" + form.key_source + ", wk)\nv = MatMul(x, wv)\n";
  for (const char* name : {"q", "k", "v"})
    text += fmt::format("{0}h = Reshape({0}) shape=[1,3,2,1]\n", name);
  text += "qt = Permute(qh) order=[0,2,1,3]\nvt = Permute(vh) order=[0,2,1,3]\n";
  text += "kt = Permute(kh) order=[" + form.key_order + "]\n";
  const bool is_straight = form.key_order == "0,2,1,3";
  text += std::string("scores = MatMul(qt, kt)") +
          (is_straight ? " right_transpose=true\n" : "\n") + form.scale + "\n" + form.masked + "\n";
  text += "a = Softmax(z) axis=3\nm = MatMul(a, vt)\nback = Permute(m) order=[0,2,1,3]\n";
  return text + "o = Reshape(back) shape=[1,3,2]\ny = MatMul(o, wo, bo)\nu = Neg(e)\n";
}

std::int64_t heads_in(const Graph& graph) {
  const std::vector<OpId> ops = graph.ops();
  return std::count_if(ops.begin(), ops.end(),
                       [&](OpId op) { return graph[op].is("HeadAttention"); });
}

TEST_CASE("each head of masked attention becomes one op, and their results are added") {
  const Graph before = graph_of(attention({.type = "f32"}));
  const Graph after = after_pass(kHeadAttention, before);
  CHECK(heads_in(after) == 2);
  for (const OpId op : after.ops())
    CHECK_FALSE(after[op].is("Softmax"));
  // f32 runs in f16: 11 bits of the result.
  const std::vector<HostTensor> inputs = testing::sample_inputs(before);
  const auto expected = evaluate(before, inputs);
  const auto got = evaluate(after, inputs);
  REQUIRE(got.ok());
  for (std::size_t i = 0; i < expected->at(0).values.size(); ++i)
    CHECK(got->at(0).values[i] == doctest::Approx(expected->at(0).values[i]).epsilon(0.01));
}

TEST_CASE("the output's bias is added once, by the first head") {
  const Graph after = after_pass(kHeadAttention, graph_of(attention({})));
  std::vector<IntList> biased;
  for (const OpId op : after.topological_order()) {
    if (after[op].is("HeadAttention")) biased.push_back(after[op].attributes.integers("biased"));
  }
  CHECK(biased == std::vector<IntList>{{1, 0, 0, 1}, {1, 0, 0, 0}});
}

TEST_CASE("keys may be transposed by the product, and a mask may be missing") {
  CHECK(heads_in(after_pass(kHeadAttention, graph_of(attention({.key_order = "0,2,1,3"})))) == 2);
  const Form bare{.scale = "z = Mul(scores, s)", .masked = ""};
  CHECK(heads_in(after_pass(kHeadAttention, graph_of(attention(bare)))) == 2);
}

TEST_CASE("what the compiler does not know stays in parts") {
  check_unchanged(kHeadAttention, attention({.key_source = "e"}));  // another tensor's keys
  check_unchanged(kHeadAttention, attention({.mask = "1,2,1,3"}));  // a mask for each head
  check_unchanged(kHeadAttention, attention({.scale = "scaled = Sigmoid(scores)"}));
}

TEST_CASE("in 8 bits the heads add up in 32, with a table of exponentials each") {
  Graph graph = graph_of(attention({.type = "f32"}));
  REQUIRE(lower_precision(graph, DType::kI8).ok());
  const Graph after = after_pass(kHeadAttention, graph);
  CHECK(heads_in(after) == 2);
  for (const OpId op : after.ops()) {
    if (!after[op].is("HeadAttention")) continue;
    CHECK(after.type({op}).dtype == DType::kI32);
    CHECK(after.type(after[op].inputs.back()).shape == Shape{256});
  }
}

TEST_CASE("BM1684X has the operator, the chips before and after it have not") {
  CHECK(has_head_attention(*load_chip("bm1684x")));
  CHECK_FALSE(has_head_attention(*load_chip("bm1684")));
  CHECK_FALSE(has_head_attention(*load_chip("bm1688")));
  Compiler compiler(graph_of(attention({.type = "f32"})));
  for (const auto& [chip, heads] : {std::pair{"bm1684x", 2}, std::pair{"bm1688", 0}}) {
    Configuration configuration{.chip = chip};
    configuration.switches = SwitchSet::all();
    const auto network = compiler.network(configuration);
    REQUIRE(network.ok());
    CHECK(heads_in((*network)->graph) == heads);
  }
}

}  // namespace
}  // namespace tpuscope
