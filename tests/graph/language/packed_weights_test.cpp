// pack_weights: which products get packed weights, and that these stand for the same numbers.

#include "graph/language/packed_weights.h"

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

using testing::graph_of;

std::int64_t ops_called(const Graph& graph, std::string_view type) {
  const std::vector<OpId> ops = graph.ops();
  return std::count_if(ops.begin(), ops.end(), [&](OpId op) { return graph[op].is(type); });
}

Graph packed_graph(const std::string& text, const WeightPacking& packing) {
  Graph graph = graph_of(text);
  const Status status = pack_weights(graph, packing);
  if (!status.ok()) FAIL(status.error().message);
  CHECK(verify(graph).ok());
  return graph;
}

TEST_CASE("products with constants are packed, by rows or by columns, with their bias") {
  for (const char* text :
       {"x = Input f16[1,2,8]\nw = Weight f16[8,64]\nb = Weight f16[64]\ny = MatMul(x, w, b)",
        "x = Input f16[1,2,8]\nw = Weight f16[64,8]\nb = Weight f16[64]\n"
        "y = MatMul(x, w, b) right_transpose=true"}) {
    const Graph graph = packed_graph(text, {.bits = 4, .group = 4});
    CHECK(ops_called(graph, "A16MatMul") == 1);
    CHECK(ops_called(graph, "MatMul") == 0);
    const std::string result = to_text(graph);
    CHECK(result.find("u8[64,4]") != std::string::npos);   // 8 numbers of 4 bits
    CHECK(result.find("f16[64,2]") != std::string::npos);  // 2 groups
    CHECK(result.find("group=4") != std::string::npos);
  }
}

TEST_CASE("computed operands and columns that do not fill all lanes stay") {
  for (const char* text : {"x = Input f16[2,8]\nw = Input f16[8,64]\ny = MatMul(x, w)",
                           "x = Input f16[2,8]\nw = Weight f16[8,63]\ny = MatMul(x, w)",
                           "x = Input f16[2,8]\nw = Weight f16[2,8,64]\ny = MatMul(x, w)"}) {
    CHECK(ops_called(packed_graph(text, {.bits = 8, .group = 8}), "MatMul") == 1);
  }
}

TEST_CASE("a group that does not divide a column is refused by the product's name") {
  Graph graph = graph_of("x = Input f16[2,8]\nw = Weight f16[8,64]\ny = MatMul(x, w)");
  const Status status = pack_weights(graph, {.bits = 4, .group = 3});
  REQUIRE(!status.ok());
  CHECK(status.error().where == "y");
  CHECK(status.error().message.find("groups of 3") != std::string::npos);
  CHECK(status.error().hint.find("--group-size") != std::string::npos);
}

TEST_CASE("as stored, only what the file packs is packed, in its bits and groups") {
  const Graph graph = packed_graph(
      "x = Input f16[2,8]\nw = Weight f16[8,64] stored=\"u4\" stored_group=2\n"
      "v = Weight f16[64,64]\na = MatMul(x, w)\ny = MatMul(a, v)",
      {.is_as_stored = true});
  CHECK(ops_called(graph, "A16MatMul") == 1);
  CHECK(ops_called(graph, "MatMul") == 1);
  CHECK(to_text(graph).find("A16MatMul(x, w_packed, w_scale, w_zero) group=2") !=
        std::string::npos);
  // Groups along the other axis are none of a column.
  CHECK(ops_called(
            packed_graph("x = Input f16[2,8]\nw = Weight f16[8,64] stored=\"u4\" stored_group=2 "
                         "stored_axis=1\ny = MatMul(x, w)",
                         {.is_as_stored = true}),
            "A16MatMul") == 0);
}

TEST_CASE("codes, scales and zero points stand for the numbers that were there") {
  std::string values;
  for (int i = 0; i < 4 * 64; ++i)
    values += (i > 0 ? ", " : "") + std::to_string(i % 15 - 4);
  const std::string text =
      "x = Input f32[1,4]\nw = Weight f32[4,64] {" + values + "}\ny = MatMul(x, w)";
  for (const std::int64_t bits : {4, 8}) {
    const Graph after = packed_graph(text, {.bits = bits, .group = 2});
    const std::vector<HostTensor> inputs = {
        {.type = {DType::kF32, {1, 4}}, .values = {1, -2, 3, 0.5}}};
    const auto expected = evaluate(graph_of(text), inputs);
    const auto got = evaluate(after, inputs);
    REQUIRE(got.ok());
    // Each number is off by half a step at most: the largest range is 15 of 2^bits - 1 steps.
    const double step = 15.0 / static_cast<double>((1 << bits) - 1);
    for (std::int64_t i = 0; i < 64; ++i)
      CHECK(std::abs(got->front()[i] - expected->front()[i]) <= 6.5 * step / 2 + 6.5 * step / 2);
  }
}

}  // namespace
}  // namespace tpuscope
