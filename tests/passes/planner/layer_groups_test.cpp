// Layer groups: what may be together, how it is cut, and why it ends.

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "graph/queries.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope {
namespace {

Chip bm1684x_layer_groups() {
  return *load_chip("bm1684x");
}

/// Index of the group that an op is in; the number of groups when it is in none.
std::size_t group_of(const Plan& plan, OpId op) {
  for (std::size_t g = 0; g < plan.groups.size(); ++g) {
    const auto ops = plan.groups[g].ops();
    if (std::find(ops.begin(), ops.end(), op) != ops.end()) return g;
  }
  return plan.groups.size();
}

std::vector<OpId> ops_of(const Graph& graph, std::string_view type) {
  std::vector<OpId> found;
  for (const OpId op : graph.topological_order()) {
    if (graph[op].is(type)) found.push_back(op);
  }
  return found;
}

/// Adds of a computed tensor and a weight of four axes: relative positions.
std::vector<OpId> position_adds(const Graph& graph) {
  std::vector<OpId> found;
  for (const OpId op : ops_of(graph, "Add")) {
    const bool has_bias = std::any_of(
        graph[op].inputs.begin(), graph[op].inputs.end(),
        [&](Value value) { return is_weight(graph, value) && graph.type(value).rank() == 4; });
    if (has_bias) found.push_back(op);
  }
  return found;
}

TEST_CASE("in Swin-T everything between window partition and window reverse is one group") {
  const Graph graph = testing::prepared("swin_t", DType::kF16, "optimized");
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
  const std::vector<OpId> softmaxes = ops_of(graph, "Softmax");
  REQUIRE(softmaxes.size() == 12);
  std::size_t whole = 0;
  for (const OpId softmax : softmaxes) {
    const std::size_t group = group_of(plan, softmax);
    REQUIRE(group < plan.groups.size());
    const auto ops = plan.groups[group].ops();
    const auto count = [&](bool with_weight) {
      return std::count_if(ops.begin(), ops.end(), [&](OpId op) {
        return graph[op].is("MatMul") && is_weight(graph, graph[op].inputs[1]) == with_weight;
      });
    };
    CHECK(count(false) >= 1);
    whole += count(false) == 2 && count(true) == 2 ? 1U : 0U;
  }
  // From the product that makes queries, keys and values to the one that joins the heads, with the
  // mask of the five shifted windows. The last stage has one window, so that no partition stands
  // between its two blocks: they are one group, with four products of either kind.
  CHECK(whole == 10);
  CHECK(group_of(plan, softmaxes[10]) == group_of(plan, softmaxes[11]));
}

TEST_CASE("without sink_reshape the five masked attentions of Swin-T fall apart at their masks") {
  const std::string switches = "optimized,-sink_reshape";
  const Graph graph = testing::prepared("swin_t", DType::kF16, switches);
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), testing::grouping(switches));
  const Plan whole = testing::planned(testing::prepared("swin_t", DType::kF16, "optimized"),
                                      bm1684x_layer_groups(), testing::grouping("optimized"));
  // The Add stands alone, and what is behind it begins a group of its own.
  CHECK(plan.groups.size() == whole.groups.size() + 2 * 5);
}

TEST_CASE("the Add of relative positions joins a group only with local.weight_split") {
  const Graph graph = testing::prepared("swin_t", DType::kF16, "optimized");
  const Plan with = testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
  const Plan without = testing::planned(graph, bm1684x_layer_groups(),
                                        testing::grouping("optimized,-local.weight_split"));
  const std::vector<OpId> adds = position_adds(graph);
  REQUIRE(adds.size() >= 12);
  std::size_t grouped = 0;
  for (const OpId add : adds) {
    const std::size_t alone = group_of(without, add);
    REQUIRE(alone < without.groups.size());
    CHECK(without.groups[alone].ops().size() == 1);
    const auto why = std::find_if(without.decisions.begin(), without.decisions.end(),
                                  [&](const GroupDecision& d) { return d.op == add; });
    REQUIRE(why != without.decisions.end());
    CHECK(why->rule == "local.weight_split");
    grouped += with.groups[group_of(with, add)].ops().size() > 1 ? 1U : 0U;
  }
  CHECK(grouped == adds.size());
}

TEST_CASE("Slice of five axes and Squeeze are in groups only with their switches") {
  const Graph graph = testing::prepared("swin_t", DType::kF16, "optimized");
  const auto grouped = [&](const std::string& switches, std::string_view type) {
    const Plan plan = testing::planned(graph, bm1684x_layer_groups(), testing::grouping(switches));
    std::size_t count = 0;
    for (const OpId op : ops_of(graph, type)) {
      const std::size_t group = group_of(plan, op);
      count += group < plan.groups.size() && plan.groups[group].ops().size() > 1 ? 1U : 0U;
    }
    return count;
  };
  CHECK(grouped("optimized", "Slice") > 0);
  CHECK(grouped("optimized,-local.slice_5d", "Slice") == 0);
  CHECK(grouped("optimized", "Squeeze") > 0);
  CHECK(grouped("optimized,-local.squeeze", "Squeeze") == 0);
}

TEST_CASE("f32 products are in no group") {
  for (const char* name : {"swin_t", "bert_base_256"}) {
    const Graph graph = testing::prepared(name, DType::kF32, "optimized");
    const Plan plan =
        testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
    for (const OpId op : ops_of(graph, "MatMul")) {
      CAPTURE(graph[op].name);
      CHECK(plan.groups[group_of(plan, op)].ops().size() == 1);
    }
  }
}

TEST_CASE("a product of two axes is alone: its rows would not lie on lanes") {
  const auto groups = [](const std::string& shape) {
    const Graph graph = testing::graph_of("x = Input f16" + shape + "\nw = Weight f16[64,64]\n" +
                                          "a = MatMul(x, w)\nb = Relu(a)\nreturn b\n");
    return testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"))
        .groups.size();
  };
  CHECK(groups("[512,64]") == 2);
  CHECK(groups("[1,512,64]") == 1);
}

TEST_CASE("a permute is alone and tells that it has no local form") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[4,64,8,16]
    a = Relu(x)
    p = Permute(a) order=[0,2,1,3]
    b = Relu(p)
    return b
  )");
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
  CHECK(plan.groups.size() == 3);
  REQUIRE(plan.decisions.size() == 1);
  CHECK(graph[plan.decisions[0].op].is("Permute"));
  CHECK(plan.decisions[0].kind == GroupDecision::Kind::kNoLocalForm);
  CHECK(plan.decisions[0].rule == "Permute");
}

TEST_CASE("a limit on ops cuts groups and says so") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    a = Relu(x)
    b = Sigmoid(a)
    c = Relu(b)
    d = Tanh(c)
    return d
  )");
  GroupOptions options = testing::grouping("optimized");
  CHECK(testing::planned(graph, bm1684x_layer_groups(), options).groups.size() == 1);
  options.max_ops = 2;
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), options);
  CHECK(plan.groups.size() == 2);
  const bool tells = std::any_of(plan.decisions.begin(), plan.decisions.end(), [](const auto& d) {
    return d.kind == GroupDecision::Kind::kLimit;
  });
  CHECK(tells);
}

TEST_CASE("less local memory makes more slices, never a plan that does not fit") {
  const Graph graph = testing::prepared("resnet50", DType::kF16, "optimized");
  GroupOptions options = testing::grouping("optimized");
  std::int64_t before = 0;
  for (const std::int64_t kib : {256, 128, 64}) {
    options.local_bytes = kib * 1024;
    const Plan plan = testing::planned(graph, bm1684x_layer_groups(), options);
    for (const Group& group : plan.groups) {
      if (group.layers() != nullptr) CHECK(group.peak_local_bytes() <= options.local_bytes);
    }
    const std::int64_t time = testing::expected_time(plan);
    CHECK(time >= before);
    before = time;
  }
}

TEST_CASE("optimal groups ops that another order brings together, dp only neighbours") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    y = Input f16[4,64,8,16]
    a = Relu(x)
    p = Permute(y) order=[0,2,1,3]
    b = Sigmoid(a)
    q = Permute(p) order=[3,0,1,2]
    c = Tanh(b)
    return c, q
  )");
  const Plan dp = testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
  CHECK(dp.groups.size() == 5);
  const Plan optimal = testing::planned(graph, bm1684x_layer_groups(),
                                        testing::grouping("optimized", GroupMethod::kOptimal));
  CHECK(optimal.groups.size() == 3);
  CHECK(testing::expected_time(optimal) < testing::expected_time(dp));
  CHECK(simulate(graph, bm1684x_layer_groups(), optimal).ok());
}

TEST_CASE("forced slices are kept, and refused where the axes do not allow them") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[4,64,96,96]
    a = Relu(x)
    b = Sigmoid(a)
    return b
  )");
  GroupOptions options = testing::grouping("optimized");
  options.slices = SliceCounts{2, 1, 1, 4, 1};
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), options);
  REQUIRE(plan.groups.size() == 1);
  CHECK(plan.groups[0].layers()->secs == *options.slices);
  options.slices = SliceCounts{5, 1, 1, 1, 1};
  CHECK(testing::planned(graph, bm1684x_layer_groups(), options).groups.size() == 2);
}

}  // namespace
}  // namespace tpuscope
