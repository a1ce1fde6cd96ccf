// The road from a network to a run: the same as its steps taken by hand, whatever was asked before
// and however many threads ask.

#include "passes/compile.h"

#include <set>

#include <doctest/doctest.h>

#include "base/parallel.h"
#include "graph/batch.h"
#include "passes/planner/plan_groups.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

/// Work for passes, for groups and for precision.
Graph small_network() {
  return testing::graph_of(R"(
    x = Input f32[1,16,32,32]
    w = Weight f32[32,16,3,3]
    c = Conv(x, w) pads=[1,1,1,1]
    r = Relu(c)
    p = Permute(r) order=[0,2,3,1]
    q = Permute(p) order=[0,3,1,2]
    s = Softmax(q) axis=3
    return s
  )");
}

std::int64_t makespan(Compiler& compiler, const Configuration& configuration) {
  const Result<Run> run = compiler.run(configuration);
  if (!run.ok()) FAIL(run.error().where, ": ", run.error().message);
  return run->simulation.timeline.makespan.value;
}

/// Configurations that differ in each field.
std::vector<Configuration> different_configurations() {
  return {{},
          {.chip = "bm1688"},
          {.chip = "bm1688", .cores = 1},
          {.overrides = {{"chip.ddr.peak_gbps", "20"}}},
          {.batch = 3},
          {.precision = {.precision = DType::kF32}},
          {.precision = {.precision = DType::kI8}},
          {.precision = {.precision = DType::kI8, .boundary = Boundary::kNative}},
          {.switches = {}},
          {.switches = *parse_switches("optimized-cancel_permutes")},
          {.switches = *parse_switches("optimized-timestep_balance")},
          {.groups = {.method = GroupMethod::kGreedy}},
          {.groups = {.method = GroupMethod::kAlone}},
          {.groups = {.max_ops = 1}},
          {.groups = {.local_bytes = 64 * 1024}},
          {.groups = {.slices = SliceCounts{1, 1, 1, 8, 1}}}};
}

TEST_CASE("a run is the network at its batch, lowered, rewritten, planned and simulated") {
  Compiler compiler(small_network());
  std::set<std::int64_t> times;
  for (const Configuration& configuration : different_configurations()) {
    Graph graph = *with_batch(small_network(), configuration.batch.value_or(1));
    ChipOverrides overrides = configuration.overrides;
    if (configuration.cores) {
      overrides.emplace_back("array.cores", std::to_string(*configuration.cores));
    }
    const Chip chip = *load_chip(configuration.chip, overrides);
    REQUIRE(lower_precision(graph, configuration.precision).ok());
    REQUIRE(run_pipeline(graph, {.switches = configuration.switches}).ok());
    const Plan plan = *plan_layer_groups(
        graph, chip, with_switches(configuration.groups, configuration.switches));
    const Simulation by_hand = *simulate(graph, chip, plan);
    CHECK(makespan(compiler, configuration) == by_hand.timeline.makespan.value);
    times.insert(by_hand.timeline.makespan.value);
  }
  // Most fields matter, so that a field which is forgotten shows.
  CHECK(times.size() + 6 > different_configurations().size());
}

TEST_CASE("runs do not depend on earlier runs, nor on the number of threads") {
  const std::vector<Configuration> all = different_configurations();
  std::vector<std::int64_t> alone;
  for (const Configuration& configuration : all) {
    Compiler compiler(small_network());
    alone.push_back(makespan(compiler, configuration));
  }
  // Room for one network and one chip: they are made again and again.
  for (const std::size_t kept : {std::size_t{1}, std::size_t{100}}) {
    Compiler compiler(small_network(), "", kept);
    std::vector<std::int64_t> together(2 * all.size());
    for_each_index(together.size(), 4, [&](std::size_t i) {
      together[i] = compiler.run(all[i % all.size()])->simulation.timeline.makespan.value;
    });
    for (std::size_t i = 0; i < together.size(); ++i)
      CHECK(together[i] == alone[i % all.size()]);
  }
}

TEST_CASE("what configurations have in common is made once") {
  Compiler compiler(small_network());
  const auto network = [&](const Configuration& configuration) {
    return *compiler.network(configuration);
  };
  const auto first = network({});
  // Groups, cores and most numbers of the chip change nothing about the network ...
  CHECK(network({.groups = {.max_ops = 2}}) == first);
  CHECK(network({.overrides = {{"clock.tiu_mhz", "1000"}}}) == first);
  CHECK(network({.chip = "bm1688", .cores = 1}) == network({.chip = "bm1688"}));
  CHECK(network({.switches = *parse_switches("optimized-layer_group-hold_coeff")}) == first);
  // ... but precision, batch and passes do, INT8 on a chip without 16-bit floats, and one for which
  // the compiler has no operator for a head of attention.
  CHECK(network({.chip = "bm1688"}) != first);
  CHECK(network({.precision = {.precision = DType::kF32}}) != first);
  CHECK(network({.batch = 2}) != first);
  CHECK(network({.switches = *parse_switches("optimized-cancel_permutes")}) != first);
  const Configuration int8{.precision = {.precision = DType::kI8}};
  Configuration without_f16 = int8;
  without_f16.chip = "bm1684";
  CHECK(network(without_f16) != network(int8));
  CHECK(*compiler.batched({.batch = 2}) == *compiler.batched({.cores = 1, .batch = 2}));
  CHECK(*compiler.chip({.cores = 1}) == *compiler.chip({.cores = 1, .batch = 4}));
}

TEST_CASE("equal plans have equal keys, and what changes plans changes the key") {
  const auto key = [](const std::string& switches, const GroupOptions& groups = {}) {
    return plan_key({.switches = *parse_switches(switches), .groups = groups});
  };
  CHECK(key("none") == key("local.squeeze,timestep_balance"));
  CHECK(key("optimized-layer_group") == key("optimized", {.method = GroupMethod::kAlone}));
  CHECK(key("optimized") == key("optimized", {.method = GroupMethod::kDp}));
  CHECK(key("optimized", {.support = {.lifted = {"a", "b"}}}) ==
        key("optimized", {.support = {.lifted = {"b", "a"}}}));
  CHECK_FALSE(key("optimized") == key("optimized-local.squeeze"));
  CHECK_FALSE(key("optimized") == key("optimized", {.method = GroupMethod::kGreedy}));
  CHECK_FALSE(key("optimized") == key("optimized", {.max_ops = 3}));
  CHECK_FALSE(plan_key({.cores = 1}) == plan_key({}));
}

TEST_CASE("a chosen method wins over presets, and a switch that is turned later over both") {
  const auto method = [](const Configuration& configuration) {
    CHECK(switches_of(configuration) == configuration.switches);
    return group_method_of(configuration);
  };
  Configuration configuration;
  CHECK(method(configuration) == GroupMethod::kDp);
  choose_group_method(configuration, GroupMethod::kAlone);
  CHECK(method(configuration) == GroupMethod::kAlone);
  choose_switches(configuration, SwitchSet::all());
  CHECK(method(configuration) == GroupMethod::kAlone);
  turn_switch(configuration, "layer_group");
  CHECK(method(configuration) == GroupMethod::kDp);
  choose_group_method(configuration, GroupMethod::kGreedy);
  choose_switches(configuration, {});
  CHECK(method(configuration) == GroupMethod::kGreedy);
  turn_switch(configuration, "local.squeeze");
  CHECK(method(configuration) == GroupMethod::kGreedy);
  turn_switch(configuration, "layer_group", false);
  CHECK(method(configuration) == GroupMethod::kAlone);
}

TEST_CASE("without groups every method is the same run") {
  Compiler compiler(small_network());
  const Configuration none{.groups = {.method = GroupMethod::kAlone}};
  const Configuration off{.switches = *parse_switches("optimized,-layer_group")};
  CHECK(makespan(compiler, none) == makespan(compiler, off));
  CHECK(makespan(compiler, none) != makespan(compiler, {}));
}

TEST_CASE("errors are those of the step that fails, each time") {
  Compiler compiler(small_network(), "small.tpu");
  for (int i = 0; i < 2; ++i) {
    CHECK(compiler.run({.chip = "bm1684y"}).error().message == "no chip is called \"bm1684y\"");
    CHECK(compiler.run({.batch = 0}).error().where == "small.tpu");
    CHECK(compiler.run({.cores = 2}).error().message == "bm1684x has 1 core, not 2");
    const Result<Run> lacks = compiler.run({.chip = "bm1684"});
    REQUIRE_FALSE(lacks.ok());
    CHECK(lacks.error().code == ErrorCode::kUnsupported);
  }
  CHECK(compiler.run({}).ok());
}

TEST_CASE("each step is watched") {
  Compiler compiler(small_network());
  std::vector<std::string> steps;
  const auto listener = [&](std::string_view what, std::size_t, std::size_t) {
    steps.emplace_back(what);
  };
  REQUIRE(compiler.run({}, listener).ok());
  CHECK(steps ==
        std::vector<std::string>{"rewriting the network", "searching layer groups", "simulating"});
}

}  // namespace
}  // namespace tpuscope
