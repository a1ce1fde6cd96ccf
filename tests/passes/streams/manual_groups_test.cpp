// Groups of our plans as the indices of the vendor's compiler, and its record read for them.

#include "passes/streams/manual_groups.h"

#include <doctest/doctest.h>

#include "base/byte_sink.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

Graph network_for_manual_groups() {
  return testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    a = Relu(x)
    b = Sigmoid(a)
    p = Permute(b) order=[0,3,1,2]
    c = Tanh(p)
    d = Relu(c)
    return d
  )");
}

OpId op_named(const Graph& graph, std::string_view name) {
  for (const OpId op : graph.ops()) {
    if (graph[op].name == name) return op;
  }
  FAIL("no such op: ", name);
  return {};
}

/// Groups {a, b} and {c, d}; p is alone.
Plan plan_for_manual_groups(const Graph& graph) {
  const auto group = [&](std::string_view first, std::string_view last) {
    return Group{.form = LayerGroup{.ops = {op_named(graph, first), op_named(graph, last)}}};
  };
  Plan plan;
  plan.groups.push_back(group("a", "b"));
  plan.groups.push_back({.form = SingleOp{.op = op_named(graph, "p")}});
  plan.groups.push_back(group("c", "d"));
  return plan;
}

std::string record_of(const std::string& groups, const std::string& alone = "") {
  return R"({"opt": 2, "subfunc_0": {"GroupLayer": [)" + groups + R"(], "GlobalLayer": [)" + alone +
         "]}}";
}

std::vector<IndexedOp> indexed(const std::string& json) {
  const Result<std::vector<IndexedOp>> ops = read_indexed_ops(json, "cache.json");
  if (!ops.ok()) FAIL(ops.error().message);
  return *ops;
}

/// "0: 2 to 4" for each group, "left out" for those that are.
std::vector<std::string> ranges_of(const std::string& record) {
  const Graph graph = network_for_manual_groups();
  const Plan plan = plan_for_manual_groups(graph);
  const ManualGroups manual = manual_groups(graph, plan, indexed(record));
  std::vector<std::string> texts;
  for (const ManualGroup& group : manual.groups) {
    texts.push_back(std::to_string(group.subnet) + ": " + std::to_string(group.first) + " to " +
                    std::to_string(group.last));
  }
  texts.insert(texts.end(), manual.left_out.size(), "left out");
  return texts;
}

TEST_CASE("a group is handed on as the compiler's indices, with the casts that it has there") {
  const std::string first = R"({"func_start_idx": 1, "func_end_idx": 3,
      "locs": ["xa_Relu_f16", "a_Relu", "b_Sigmoid"]})";
  const std::string second = R"({"func_start_idx": 5, "func_end_idx": 6,
      "locs": ["c_Tanh", "d_Relu"]})";
  CHECK(ranges_of(record_of(first + "," + second, R"({"func_idx": 4, "loc": "p_Transpose"})")) ==
        std::vector<std::string>{"0: 1 to 3", "0: 5 to 6"});
}

TEST_CASE("a group whose ops are not neighbours there, or not known, is left out") {
  // c stands between a and b.
  const std::string mixed = R"({"func_start_idx": 0, "func_end_idx": 3,
      "locs": ["a_Relu", "c_Tanh", "b_Sigmoid", "d_Relu"]})";
  CHECK(ranges_of(record_of(mixed)) == std::vector<std::string>{"left out", "left out"});
  CHECK(ranges_of(record_of("", R"({"func_idx": 0, "loc": "other_Conv"})")) ==
        std::vector<std::string>{"left out", "left out"});
}

TEST_CASE("the compiler's file asks for nothing but its groups, each at a cost that wins") {
  StringSink sink;
  JsonWriter json(sink);
  write_manual_groups(json, {{.group = 0, .subnet = 0, .first = 1, .last = 3}});
  json.finish();
  CHECK(
      sink.text() ==
      R"({"type":"DEBUGGER_DO_NOTHING","sc_method":"SC_QUICK_SEARCH",)"
      R"("conditional_debug_types":[],"show_function_location":false,"GroupLayerDump":[],)"
      R"("ManualSetting":[{"subfunc_idx":0,"func_start_idx":1,"func_end_idx":3,"group_cost":1}]})");
}

TEST_CASE("a record that cannot be is an error with its place") {
  const auto error_of = [](const std::string& json) {
    const Result<std::vector<IndexedOp>> ops = read_indexed_ops(json, "cache.json");
    REQUIRE_FALSE(ops.ok());
    return ops.error().where + ": " + ops.error().message;
  };
  CHECK(error_of("[]") == "cache.json:/: no record of the vendor's compiler");
  CHECK(error_of("{}") == "cache.json:/: no record of the vendor's compiler");
  CHECK(error_of(record_of(R"({"func_start_idx": 1, "func_end_idx": 3, "locs": ["a"]})")) ==
        "cache.json:/subfunc_0/GroupLayer/0/locs: not one name for each of its indices");
  CHECK(error_of(record_of("", R"({"func_idx": -1, "loc": "a"})")) ==
        "cache.json:/subfunc_0/GlobalLayer/0/func_idx: an index beyond every function");
}

}  // namespace
}  // namespace tpuscope
