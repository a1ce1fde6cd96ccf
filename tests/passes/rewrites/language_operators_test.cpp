// fuse_rotary, fuse_attention and cache_in_place: which forms become operators of a language model,
// what stays as it is, and that the function is the same.

#include <cmath>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::after_pass;
using testing::graph_of;

std::int64_t operators_in(const Graph& graph, std::string_view type) {
  std::int64_t found = 0;
  for (const OpId op : graph.ops())
    found += graph[op].is(type) ? 1 : 0;
  return found;
}

/// Outputs of both agree within what half precision rounds.
void check_close_graphs(const Graph& before, const Graph& after) {
  const std::vector<HostTensor> inputs = testing::sample_inputs(before);
  const auto expected = evaluate(before, inputs);
  const auto got = evaluate(after, inputs);
  REQUIRE(expected.ok());
  REQUIRE(got.ok());
  REQUIRE(got->size() == expected->size());
  for (std::size_t i = 0; i < expected->size(); ++i) {
    REQUIRE(got->at(i).type == expected->at(i).type);
    for (std::int64_t j = 0; j < expected->at(i).elements(); ++j)
      CHECK(got->at(i)[j] == doctest::Approx(expected->at(i)[j]).epsilon(0.01));
  }
}

/// `passes` one after the other.
Graph after_passes(const Graph& before, std::initializer_list<std::string_view> passes) {
  Graph graph = before;
  const auto result = run_pipeline(graph, {.switches = SwitchSet(passes), .verify_each = true});
  REQUIRE(result.ok());
  CHECK(result->reached_fixed_point);
  return graph;
}

// --- rotations ---

/// Two tokens of two heads of four elements, heads first, turned as Hugging Face's models do.
constexpr const char* kTurnedRows = R"(
  x = Input f16[1,2,2,4]
  c = Input f16[1,1,2,4]
  s = Input f16[1,1,2,4]
  b = Slice(x) starts=[0,0,0,2] extents=[1,2,2,2]
  n = Neg(b)
  a = Slice(x) starts=[0,0,0,0] extents=[1,2,2,2]
  t = Concat(n, a) axis=3
  p = Mul(x, c)
  q = Mul(t, s)
  y = Add(p, q)
)";

/// The same turn by tables of half a row.
std::string turned_halves(const std::string& second_sum) {
  return R"(
  x = Input f16[1,2,2,4]
  c = Input f16[1,1,2,2]
  s = Input f16[1,1,2,2]
  a = Slice(x) starts=[0,0,0,0] extents=[1,2,2,2]
  b = Slice(x) starts=[0,0,0,2] extents=[1,2,2,2]
  ac = Mul(a, c)
  bs = Mul(b, s)
  real = Sub(ac, bs)
  bc = Mul(b, c)
  as = Mul(a, s)
)" + second_sum +
         "\ny = Concat(real, imaginary) axis=3\n";
}

TEST_CASE("rows that are turned by elementary ops are turned by one Rope") {
  for (const std::string& text :
       {std::string(kTurnedRows), turned_halves("imaginary = Add(bc, as)"),
        turned_halves("imaginary = Add(as, bc)")}) {
    CAPTURE(text);
    const Graph before = graph_of(text);
    const Graph after = after_pass("fuse_rotary", before);
    CHECK(operators_in(after, "Rope") == 1);
    CHECK(operators_in(after, "Slice") == 0);
    check_close_graphs(before, after);
  }
}

TEST_CASE("a table of half a row is doubled where it is constant, before rows are picked") {
  const Graph after = after_pass("fuse_rotary", graph_of(R"(
    x = Input f16[1,1,2,4]
    at = Input i32[1,2]
    table = Weight f16[8,2]
    rows = Gather(table, at) axis=0
    c = Unsqueeze(rows) axes=[1]
    a = Slice(x) starts=[0,0,0,0] extents=[1,1,2,2]
    b = Slice(x) starts=[0,0,0,2] extents=[1,1,2,2]
    ac = Mul(a, c)
    bs = Mul(b, c)
    real = Sub(ac, bs)
    bc = Mul(b, c)
    as = Mul(a, c)
    imaginary = Add(bc, as)
    y = Concat(real, imaginary) axis=3
  )"));
  CHECK(operators_in(after, "Concat") == 0);
  CHECK(to_text(after).find("f16[8,4]") != std::string::npos);
}

TEST_CASE("other sums of products, single precision and tables of each head stay") {
  testing::check_unchanged("fuse_rotary", turned_halves("imaginary = Sub(bc, as)"));
  testing::check_unchanged("fuse_rotary", turned_halves("imaginary = Add(bc, ac)"));
  std::string single = kTurnedRows;
  for (std::size_t at = single.find("f16"); at != std::string::npos; at = single.find("f16"))
    single.replace(at, 3, "f32");
  testing::check_unchanged("fuse_rotary", single);
  std::string by_head = kTurnedRows;
  for (int i = 0; i < 2; ++i)
    by_head.replace(by_head.find("[1,1,2,4]"), 9, "[1,2,2,4]");
  testing::check_unchanged("fuse_rotary", by_head);
}

// --- attention ---

/// Four query heads on two key heads over a cache of three tokens, as exporters repeat keys.
std::string repeated_keys(const std::string& mask) {
  return R"(
  q = Input f16[1,1,4,8]
  k = Input f16[1,1,2,8]
  v = Input f16[1,1,2,8]
  pk = Input f16[1,2,3,8]
  pv = Input f16[1,2,3,8]
  )" + mask +
         R"(
  qh = Permute(q) order=[0,2,1,3]
  kh = Permute(k) order=[0,2,1,3]
  vh = Permute(v) order=[0,2,1,3]
  ks = Concat(pk, kh) axis=2
  vs = Concat(pv, vh) axis=2
  k5 = Unsqueeze(ks) axes=[2]
  ke = Expand(k5) shape=[1,2,2,4,8]
  kr = Reshape(ke) shape=[1,4,4,8]
  v5 = Unsqueeze(vs) axes=[2]
  ve = Expand(v5) shape=[1,2,2,4,8]
  vr = Reshape(ve) shape=[1,4,4,8]
  kt = Permute(kr) order=[0,1,3,2]
  scores = MatMul(qh, kt)
  eight = Weight f16[] {8}
  scaled = Div(scores, eight)
  masked = Add(scaled, m)
  shares = Softmax(masked) axis=-1
  sums = MatMul(shares, vr)
  moved = Permute(sums) order=[0,2,1,3]
  y = Reshape(moved) shape=[1,1,32]
  return y, ks, vs
)";
}
const std::string kMask = "m = Input f16[1,1,1,4]";

/// As com.microsoft's operator is read: queries of heads with one key head are rows.
constexpr const char* kSharedRows = R"(
  q = Input f16[1,4,2,8]
  k = Input f16[1,2,2,8]
  v = Input f16[1,2,2,8]
  m = Weight f16[2,2] {0, -60000, 0, 0}
  rows = Reshape(q) shape=[1,2,4,8]
  kt = Permute(k) order=[0,1,3,2]
  products = MatMul(rows, kt)
  scores = Reshape(products) shape=[1,4,2,2]
  eighth = Weight f16[] {0.125}
  scaled = Mul(scores, eighth)
  masked = Add(scaled, m)
  shares = Softmax(masked) axis=3
  back = Reshape(shares) shape=[1,2,4,2]
  sums = MatMul(back, v)
  heads = Reshape(sums) shape=[1,4,2,8]
  moved = Permute(heads) order=[0,2,1,3]
  y = Reshape(moved) shape=[1,2,32]
)";

TEST_CASE("attention over a cache, or of shared key heads, is one op") {
  for (const std::string& text : {repeated_keys(kMask), std::string(kSharedRows)}) {
    CAPTURE(text);
    const Graph before = graph_of(text);
    const Graph after = after_pass("fuse_attention", before);
    CHECK(operators_in(after, "GroupedAttention") == 1);
    CHECK(operators_in(after, "Softmax") == 0);
    CHECK(operators_in(after, "Expand") == 0);
    check_close_graphs(before, after);
  }
}

TEST_CASE("a cache may be joined along an axis that counts from the end") {
  std::string text = repeated_keys(kMask);
  for (std::size_t at = text.find("axis=2"); at != std::string::npos; at = text.find("axis=2", at))
    text.replace(at, 6, "axis=-2");
  const Graph after = after_passes(graph_of(text), {"fuse_attention", "cache_in_place"});
  CHECK(operators_in(after, "Concat") == 0);
  CHECK(to_text(after).find("pk = Input f16[1,3,2,8]") != std::string::npos);
}

TEST_CASE("the scale of the scores is that of the op") {
  const Graph after = after_pass("fuse_attention", graph_of(kSharedRows));
  CHECK(to_text(after).find("scale=0.125") != std::string::npos);
}

TEST_CASE("attention of an encoder, with a mask per head, and in single precision stays") {
  constexpr const char* kEncoder = R"(
    q = Input f16[1,2,3,8]
    k = Input f16[1,2,3,8]
    v = Input f16[1,2,3,8]
    m = Input f16[1,1,3,3]
    kt = Permute(k) order=[0,1,3,2]
    scores = MatMul(q, kt)
    masked = Add(scores, m)
    shares = Softmax(masked) axis=-1
    y = MatMul(shares, v)
  )";
  testing::check_unchanged("fuse_attention", kEncoder);
  testing::check_unchanged("fuse_attention", repeated_keys("m = Input f16[1,4,1,4]"));
  std::string single = kSharedRows;
  for (std::size_t at = single.find("f16"); at != std::string::npos; at = single.find("f16"))
    single.replace(at, 3, "f32");
  testing::check_unchanged("fuse_attention", single);
}

// --- caches ---

TEST_CASE("a cache is read where it lies, and new rows alone are handed out") {
  const Graph before = graph_of(repeated_keys(kMask));
  const Graph after = after_passes(
      before, {"fuse_attention", "cache_in_place", "cancel_permutes", "cancel_reshapes"});
  CHECK(operators_in(after, "Concat") == 0);
  CHECK(operators_in(after, "Permute") == 0);
  CHECK(to_text(after).find("pk = Input f16[1,3,2,8]") != std::string::npos);
  // The caller's cache in the order in which its rows lie gives the same sums and new rows.
  std::vector<HostTensor> inputs = testing::sample_inputs(before);
  const auto expected = evaluate(before, inputs);
  REQUIRE(expected.ok());
  std::vector<HostTensor> moved;
  for (const OpId op : after.inputs()) {
    const auto names = before.inputs();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (before[names[i]].name != after[op].name) continue;
      HostTensor tensor = HostTensor::zeros(after[op].results[0].type);
      const Shape& shape = tensor.shape();
      const bool is_cache = shape != inputs[i].shape();
      for (std::int64_t at = 0; at < tensor.elements(); ++at) {
        const std::int64_t row = at / shape[3];
        const std::int64_t heads_first =
            is_cache ? (row % shape[2] * shape[1] + row / shape[2]) * shape[3] + at % shape[3] : at;
        tensor[at] = inputs[i][heads_first];
      }
      moved.push_back(std::move(tensor));
    }
  }
  const auto got = evaluate(after, moved);
  REQUIRE(got.ok());
  for (std::int64_t i = 0; i < 32; ++i)
    CHECK(got->at(0)[i] == doctest::Approx(expected->at(0)[i]).epsilon(0.01));
  CHECK(got->at(1).values == moved[1].values);
}

TEST_CASE("one new row is the same with the heads in front") {
  std::string text = repeated_keys(kMask);
  const std::string permute = "vh = Permute(v) order=[0,2,1,3]";
  text.replace(text.find(permute), permute.size(), "vh = Reshape(v) shape=[1,2,1,8]");
  const Graph after = after_passes(graph_of(text), {"fuse_attention", "cache_in_place"});
  CHECK(operators_in(after, "Concat") == 0);
  CHECK(to_text(after).find("pv = Input f16[1,3,2,8]") != std::string::npos);
}

TEST_CASE("a cache that something else reads stays as the network has it") {
  std::string text = repeated_keys(kMask);
  text.replace(text.find("return y, ks, vs"), 16, "z = Neg(pk)\n  return y, ks, vs, z");
  const Graph after = after_passes(graph_of(text), {"fuse_attention", "cache_in_place"});
  CHECK(to_text(after).find("pk = Input f16[1,2,3,8]") != std::string::npos);
  CHECK(to_text(after).find("pv = Input f16[1,3,2,8]") != std::string::npos);
}

}  // namespace
}  // namespace tpuscope
