// Grouped execution computes what the network computes: every group of a plan is run slice by
// slice, each op seeing only what the slice's regions gave it (all else is poisoned), and what the
// slices store is compared with the values of the whole network.

#include <cmath>
#include <limits>
#include <map>
#include <rapidcheck.h>

#include <doctest/doctest.h>

#include "passes/tiling/group_graph.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"
#include "tests/support/mini_chip.h"
#include "tests/support/passes.h"
#include "tests/support/random_graph.h"

namespace tpuscope {
namespace {

constexpr double kPoison = std::numeric_limits<double>::quiet_NaN();

/// Calls `function(flat index)` for every element of a region.
template <typename Function>
void for_each_element(const Shape& shape, const Region& region, Function function) {
  const std::vector<std::int64_t> strides = dense_strides(shape);
  std::vector<std::int64_t> at;
  for (const Range& range : region)
    at.push_back(range.begin);
  while (true) {
    std::int64_t flat = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis)
      flat += at[axis] * strides[axis];
    function(flat);
    std::size_t axis = at.size();
    while (axis > 0) {
      --axis;
      if (++at[axis] < region[axis].end) break;
      at[axis] = region[axis].begin;
      if (axis == 0) return;
    }
    if (at.empty()) return;
  }
}

/// The tensor with all elements outside of the region poisoned.
HostTensor only(const HostTensor& tensor, const Region& region) {
  HostTensor part = tensor;
  part.values.assign(part.values.size(), kPoison);
  for_each_element(tensor.shape(), region, [&](std::int64_t i) { part[i] = tensor[i]; });
  return part;
}

/// Values of every tensor of the network.
std::map<Value, HostTensor> all_values(const Graph& graph, const std::vector<HostTensor>& inputs) {
  std::map<Value, HostTensor> values;
  std::size_t next = 0;
  for (const OpId id : graph.topological_order()) {
    const Op& op = graph[id];
    if (op.is("Input")) {
      values.emplace(Value{id}, inputs.at(next++));
    } else if (op.is("Weight")) {
      values.emplace(Value{id}, *op.data);
    } else if (op.def->evaluate != nullptr) {
      std::vector<HostTensor> operands;
      for (const Value value : op.inputs)
        operands.push_back(values.at(value));
      const auto results = op.def->evaluate(graph.view(id), operands);
      if (!results.ok()) FAIL(op.name, ": ", results.error().message);
      for (std::uint32_t i = 0; i < op.results.size(); ++i)
        values.emplace(Value{id, i}, results->at(i));
    }
  }
  return values;
}

struct GroupedExecutionOutcome {
  std::size_t groups = 0;
  std::size_t slices = 0;
  std::string problem{};
};

GroupedExecutionOutcome execute(const Graph& graph, const Chip& chip, const Plan& plan) {
  GroupedExecutionOutcome outcome;
  const std::map<Value, HostTensor> values = all_values(graph, testing::sample_inputs(graph));
  for (const Group& group : plan.groups) {
    const LayerGroup* layers = group.layers();
    if (layers == nullptr) continue;
    ++outcome.groups;
    const GroupGraph ops = group_graph(graph, layers->ops);
    const GroupRange range{0, ops.ops.size() - 1, layers->type};
    std::map<std::size_t, std::vector<int>> stored;
    for (std::int64_t slice = 0; slice < group.slice_count(); ++slice) {
      ++outcome.slices;
      SliceRegions regions;
      if (!slice_regions(ops, range, chip, layers->secs, slice_position(layers->secs, slice),
                         regions)) {
        outcome.problem = "a slice has nothing to do";
        return outcome;
      }
      std::map<std::size_t, HostTensor> local;
      for (const GroupOp& op : ops.ops) {
        std::vector<HostTensor> operands;
        for (std::size_t o = 0; o < op.operands.size(); ++o) {
          const Value value = graph[op.op].inputs[o];
          if (op.operands[o] == GroupOp::kImmediate) {
            operands.push_back(values.at(value));
          } else if (is_loaded(ops, range, op.operands[o])) {
            operands.push_back(only(values.at(value), regions.needed[op.operands[o]]));
          } else {
            operands.push_back(local.at(op.operands[o]));
          }
        }
        const auto result = op.def->evaluate(graph.view(op.op), operands);
        local[op.result] = only(result->at(0), regions.needed[op.result]);
        if (!is_stored(ops, range, op.result)) continue;
        const HostTensor& expected = values.at({op.op});
        std::vector<int>& times = stored[op.result];
        times.resize(expected.values.size(), 0);
        for_each_element(expected.shape(), regions.stored[op.result], [&](std::int64_t i) {
          ++times[static_cast<std::size_t>(i)];
          const double got = local[op.result][i];
          const double want = expected[i];
          const double allowed = 1e-9 * std::max(1.0, std::abs(want));
          if (!(std::abs(got - want) <= allowed) && !(std::isnan(want) && std::isnan(got))) {
            outcome.problem = "slice " + std::to_string(slice) + " of " + graph[op.op].name +
                              " has " + std::to_string(got) + " for " + std::to_string(want);
          }
        });
      }
    }
    for (const auto& [value, times] : stored) {
      for (const int count : times) {
        if (count != 1) {
          outcome.problem = "an element is stored " + std::to_string(count) + " times";
        }
      }
    }
  }
  return outcome;
}

/// A chip whose local memory holds so much that small tensors fit, but not all at once.
Chip small_chip(const std::string& kib) {
  Result<Chip> chip = load_chip(
      "bm1684x",
      {{"local_memory.kib_per_lane", kib}, {"local_memory.banks", "2"}, {"array.lanes", "4"}});
  REQUIRE(chip.ok());
  return *chip;
}

TEST_CASE("groups of random attention compute what the network computes") {
  std::size_t groups = 0;
  std::size_t slices = 0;
  const bool holds = rc::check("grouped execution", [&]() {
    const std::string text = testing::random_attention_text();
    RC_LOG() << text << std::endl;
    auto graph = parse_graph(text, "random");
    RC_ASSERT(graph.ok());
    const Graph ready = testing::prepared(*std::move(graph), DType::kF16, "optimized");
    const Chip chip = small_chip("1");
    const Result<Plan> plan = plan_layer_groups(ready, chip, testing::grouping("optimized"));
    RC_PRE(plan.ok());
    const GroupedExecutionOutcome outcome = execute(ready, chip, *plan);
    RC_LOG() << outcome.problem << std::endl;
    RC_ASSERT(outcome.problem.empty());
    groups += outcome.groups;
    slices += outcome.slices;
  });
  CHECK(holds);
  CHECK(groups > 0);
  CHECK(slices >= groups);
}

/// Values for weights of which the text gives only the shape.
Graph with_weights(Graph graph) {
  std::int64_t next = 0;
  for (const OpId id : graph.ops()) {
    if (!graph[id].is("Weight") || graph[id].data != nullptr) continue;
    HostTensor tensor = HostTensor::zeros(graph[id].results[0].type);
    for (double& value : tensor.values)
      value = static_cast<double>((next++ * 29) % 17 - 8) / 16;
    graph.set_data(id, std::make_shared<const HostTensor>(std::move(tensor)));
  }
  return graph;
}

TEST_CASE("convolutions with halo, pools and branches compute in slices what they compute whole") {
  const Graph graph = testing::prepared(with_weights(testing::graph_of(R"(
    x = Input f32[2,3,24,16]
    w1 = Weight f32[8,3,3,3]
    w2 = Weight f32[8,8,3,3]
    w3 = Weight f32[8,8,1,1]
    a = Conv(x, w1) pads=[1,1,1,1]
    b = Relu(a)
    c = Conv(b, w2) pads=[1,1,1,1]
    d = Conv(b, w3)
    e = Add(c, d)
    p = MaxPool(e) kernel=[2,2] strides=[2,2]
    return p
  )")),
                                        DType::kF32, "optimized");
  const Chip chip = small_chip("8");
  const Plan plan = testing::planned(graph, chip, testing::grouping("optimized"));
  const GroupedExecutionOutcome outcome = execute(graph, chip, plan);
  CHECK(outcome.problem == "");
  CHECK(outcome.groups == 1);
  CHECK(outcome.slices > 1);
}

TEST_CASE("a window attention in one group computes what its ops compute alone") {
  // Swin's block at a small size: 8 windows of 4 tokens, 2 heads of 4.
  const Graph graph = testing::prepared(with_weights(testing::graph_of(R"(
    x = Input f32[8,4,8]
    wq = Weight f32[8,24]
    bias = Weight f32[1,2,4,4]
    wo = Weight f32[8,8]
    s = Weight f32[] {0.5}
    qkv = MatMul(x, wq)
    r = Reshape(qkv) shape=[8,4,3,2,4]
    p = Permute(r) order=[2,0,3,1,4]
    q5 = Slice(p) starts=[0,0,0,0,0] extents=[1,8,2,4,4]
    k5 = Slice(p) starts=[1,0,0,0,0] extents=[1,8,2,4,4]
    v5 = Slice(p) starts=[2,0,0,0,0] extents=[1,8,2,4,4]
    q = Squeeze(q5) axes=[0]
    k = Squeeze(k5) axes=[0]
    v = Squeeze(v5) axes=[0]
    qs = Mul(q, s)
    kt = Permute(k) order=[0,1,3,2]
    a = MatMul(qs, kt)
    b = Add(a, bias)
    m = Softmax(b) axis=3
    o = MatMul(m, v)
    op = Permute(o) order=[0,2,1,3]
    f = Reshape(op) shape=[8,4,8]
    y = MatMul(f, wo)
    return y
  )")),
                                        DType::kF16, "optimized");
  const Chip chip = small_chip("1");
  const Plan plan = testing::planned(graph, chip, testing::grouping("optimized"));
  const GroupedExecutionOutcome outcome = execute(graph, chip, plan);
  CHECK(outcome.problem == "");
  CHECK(outcome.groups >= 1);
  CHECK(outcome.slices > 1);
}

TEST_CASE("a slice that is given too little does not pass unnoticed") {
  const HostTensor whole_tensor = HostTensor::zeros({DType::kF32, {4}});
  const HostTensor part = only(whole_tensor, {{0, 2}});
  CHECK(part[1] == 0.0);
  CHECK(std::isnan(part[2]));
}

}  // namespace
}  // namespace tpuscope
