// Physical bounds, and that no network beats them.

#include <doctest/doctest.h>

#include "graph/frontend.h"
#include "tests/support/simulation.h"

using namespace tpuscope;
using test::bm1684x;
using test::mini_chip;
using test::simulated;

namespace {

Bounds bounds(const std::string& text) {
  const Result<Bounds> result = bounds_of(testing::graph_of(text), mini_chip());
  REQUIRE(result.ok());
  return *result;
}

Graph in_precision(Graph graph, DType type) {
  for (const OpId op : graph.ops()) {
    for (std::uint32_t i = 0; i < graph[op].results.size(); ++i) {
      if (graph.type({op, i}).dtype == DType::kF32) graph.set_dtype({op, i}, type);
    }
  }
  return graph;
}

}  // namespace

TEST_CASE("inputs, weights and outputs cross the bus once") {
  const Bounds result = bounds(R"(
    x = Input f16[4,8]
    w = Weight f16[8,6]
    y = MatMul(x, w)
    z = Relu(y)
  )");
  CHECK(result.ddr_bytes == 2 * (4 * 8 + 8 * 6 + 4 * 6));
  CHECK(result.macs == 4 * 8 * 6);
  CHECK(result.ddr_time.value == result.ddr_bytes * 1000 / 16);  // 16 bytes a nanosecond
  CHECK(result.compute_time.value == 192 * 1000 / 16);           // 16 products a nanosecond
}

TEST_CASE("views of an input move nothing, and a part that is read counts as that part") {
  CHECK(bounds("x = Input f16[4,8]\n y = Reshape(x) shape=[32]").ddr_bytes == 0);
  CHECK(bounds("x = Input f16[4,8]\n y = Slice(x) starts=[0,0] extents=[4,2]").ddr_bytes ==
        2 * (4 * 2 + 4 * 2));
}

TEST_CASE("no built-in network beats physics in any float precision") {
  const Chip chip = bm1684x();
  for (const std::string& name : builtin_names()) {
    const Result<Graph> graph = load_graph(name);
    REQUIRE(graph.ok());
    for (const DType type : {DType::kF16, DType::kF32}) {
      const Simulation simulation = simulated(in_precision(*graph, type), chip);
      const std::int64_t spent =
          simulation.timeline.makespan.value - simulation.timeline.launch.value;
      CHECK_MESSAGE(spent >= simulation.bounds.ddr_time.value, name);
      CHECK_MESSAGE(spent >= simulation.bounds.compute_time.value, name);
      for (const Group& group : simulation.plan.groups) {
        REQUIRE_MESSAGE(group.peak_local_bytes() <= chip.local_bytes_per_lane(), name);
      }
    }
  }
}
