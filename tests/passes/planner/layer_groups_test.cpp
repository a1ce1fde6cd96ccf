// Layer groups: what may be together, how it is cut, and why it ends.

#include <algorithm>
#include <ctime>
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
    whole += count(false) == 2 && count(true) == 4 ? 1U : 0U;
  }
  // From the products that make queries, keys and values to the one that joins the heads, with the
  // mask of the five shifted windows. The last stage has one window, so that no partition stands
  // between its two blocks: they are one group, with twice as many products.
  CHECK(whole == 10);
  CHECK(group_of(plan, softmaxes[10]) == group_of(plan, softmaxes[11]));
}

TEST_CASE("without sink_reshape the five masked attentions of Swin-T fall apart at their masks") {
  const std::string switches = "optimized,-sink_reshape";
  const Graph graph = testing::prepared("swin_t", DType::kF16, switches);
  const Plan plan = testing::planned(graph, bm1684x_layer_groups(), testing::grouping(switches));
  const Plan whole = testing::planned(testing::prepared("swin_t", DType::kF16, "optimized"),
                                      bm1684x_layer_groups(), testing::grouping("optimized"));
  // The Add stands alone, and what is after it begins a group of its own.
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
  const Graph graph = testing::prepared("swin_t", DType::kF16, "optimized,-split_products");
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
    x = Input f16[4,64,8,16]
    a = Relu(x)
    b = Exp(a)
    c = Tanh(b)
    p = Permute(a) order=[0,2,1,3]
    q = Permute(p) order=[3,0,1,2]
    return c, q
  )");
  const Plan dp = testing::planned(graph, bm1684x_layer_groups(), testing::grouping("optimized"));
  CHECK(dp.groups.size() > 3);  // both permutes come right after a
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

/// Picoseconds that the plan expects.
std::int64_t expected_time_of(const Plan& plan) {
  std::int64_t sum = 0;
  for (const Group& group : plan.groups)
    sum += group.estimate.value;
  return sum;
}

TEST_CASE("a little less memory costs little: moves that find room are kept") {
  // 242 KiB once had no room for all moved transfers together, and none was moved: 27 % slower.
  const Graph graph = testing::prepared(*load_graph("resnet50"), DType::kI8, "optimized");
  const Chip chip = bm1684x_layer_groups();
  std::int64_t before = 0;
  for (const std::int64_t kib : {240, 241, 242, 243, 244}) {
    CAPTURE(kib);
    GroupOptions options = testing::grouping("optimized");
    options.local_bytes = kib * 1024;
    const std::int64_t time = expected_time_of(*plan_layer_groups(graph, chip, options));
    if (before > 0) CHECK(static_cast<double>(time) <= 1.02 * static_cast<double>(before));
    before = time;
  }
}

/// So many ops that all read the input, or each the result before it.
Graph many_ops(int count, bool is_chain) {
  Graph graph;
  const OpId input = graph.add_checked(
      {.type = "Input", .name = "x", .result_types = {{DType::kF16, {1, 2, 4}}}}, {});
  Value last{input};
  for (int i = 0; i < count; ++i) {
    const OpId op = graph.add_checked({.type = "Tanh"}, {is_chain ? last : Value{input}});
    last = {op};
    if (!is_chain || i + 1 == count) graph.add_checked({.type = "Output"}, {last});
  }
  return graph;
}

TEST_CASE("a run of any length is planned in a time that its length bounds") {
  // 1,000 independent ops took 4 s, 8,000 of them 324 s: the square.
  const Chip chip = bm1684x_layer_groups();
  for (const bool is_chain : {false, true}) {
    CAPTURE(is_chain);
    std::size_t most = 0;
    const auto seconds = [&](int count) {
      const Graph graph = many_ops(count, is_chain);
      const std::clock_t begin = std::clock();
      const Plan plan = *plan_layer_groups(graph, chip, testing::grouping("optimized"));
      const std::clock_t end = std::clock();
      std::size_t ops = 0;
      for (const Group& group : plan.groups) {
        ops += group.ops().size();
        most = std::max(most, group.ops().size());
      }
      CHECK(ops == static_cast<std::size_t>(count));
      return static_cast<double>(end - begin) / CLOCKS_PER_SEC;
    };
    CHECK(seconds(6000) < 0.2 + 12 * seconds(1000));
    CHECK(most <= 512);
    CHECK(most > 64);
  }
}

TEST_CASE("where a piece of a long run ends no group has to end") {
  // Every piece of a chain is like the others, so that each op takes as long as in one piece.
  const Chip chip = bm1684x_layer_groups();
  const auto time_per_op = [&](int count) {
    const Plan plan =
        *plan_layer_groups(many_ops(count, true), chip, testing::grouping("optimized"));
    return static_cast<double>(expected_time_of(plan)) / count;
  };
  CHECK(time_per_op(1500) <= 1.02 * time_per_op(500));
}

}  // namespace
}  // namespace tpuscope
