// Our plan beside the compiler's: how groups lie in each other, and why.

#include "profiles/diff/plan_diff.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"
#include "tests/support/grouping.h"
#include "tests/support/shared_files.h"

namespace tpuscope::test {
namespace {

/// Our side: groups "b c" and "e f", between them a permute alone.
Profile our_profile() {
  const Chip chip = *load_chip("bm1684x");
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    b = Relu(x)
    c = Sigmoid(b)
    p = Permute(c) order=[0,1,3,2]
    e = Relu(p)
    f = Tanh(e)
    return f
  )");
  GroupOptions options = testing::grouping("optimized");
  const Result<GroupCache> cache = parse_group_cache(
      R"({"GroupLayer": [{"locs": ["b", "c"], "shape_secs": [1,1,1,2,1]},
                         {"locs": ["e", "f"], "shape_secs": [1,1,1,1,1]}]})",
      "g");
  REQUIRE(cache.ok());
  options.given = std::make_shared<const GroupCache>(*cache);
  const Plan plan = testing::planned(graph, chip, options);
  Result<Simulation> simulation = simulate(graph, chip, plan);
  REQUIRE(simulation.ok());
  return make_profile(graph, *std::move(simulation), chip,
                      {.switches = *parse_switches("optimized")}, {});
}

RecordedUnit group_of_names(const std::vector<std::string>& names, const SliceCounts& slices) {
  RecordedUnit unit{.is_group = true, .slices = slices};
  for (const std::string& name : names)
    unit.ops.push_back({.name = name});
  return unit;
}

RecordedUnit single_of_name(const std::string& name) {
  return {.ops = {{.name = name}}};
}

PlanDiff diff_with(const Profile& ours, const CompilerPlan& theirs,
                   const std::string& chip = "bm1684x") {
  Result<PlanDiff> diff = diff_plans(ours, *load_chip(chip), theirs);
  REQUIRE(diff.ok());
  return std::move(diff).value();
}

TEST_CASE("the same ops in the same slices are the same group, in others the slices are reported") {
  const Profile ours = our_profile();
  CompilerPlan theirs{.units = {group_of_names({"b_Relu", "c_Sigmoid"}, {1, 1, 1, 2, 1}),
                                single_of_name("p_Transpose"),
                                group_of_names({"e_Relu", "f_Tanh"}, {1, 1, 1, 4, 1})}};
  const PlanDiff diff = diff_with(ours, theirs);
  CHECK(diff.names.matched == 5);
  REQUIRE(diff.units.size() == 3);
  CHECK(diff.units[0].match == UnitMatch::kSame);
  CHECK(diff.units[1].match == UnitMatch::kSame);
  CHECK(diff.units[2].match == UnitMatch::kResliced);
  CHECK(diff.units[2].reason.text == "4 slices there, 1 here");
  CHECK(grouped_ops(ours).groups == 2);
  CHECK(grouped_ops(theirs).ops == 4);
}

TEST_CASE("neighbours are alike where both sides put them together or both part them") {
  const Profile ours = our_profile();
  const CompilerPlan same{.units = {group_of_names({"b", "c"}, {1, 1, 1, 2, 1}),
                                    single_of_name("p"),
                                    group_of_names({"e", "f"}, {1, 1, 1, 4, 1})}};
  const Likeness alike = diff_with(ours, same).likeness;
  CHECK(alike.neighbours == 4);
  CHECK(alike.alike == 4);
  CHECK(alike.same_groups == 2);
  CHECK(alike.same_slices == 1);
  // b|c and c p are not as here, p|e and e f are; the two parts of c are no pair.
  const CompilerPlan other{.units = {single_of_name("b"),
                                     group_of_names({"c_0", "c_1", "p"}, {1, 1, 1, 1, 1}),
                                     group_of_names({"e", "f"}, {1, 1, 1, 1, 1})}};
  const Likeness apart = diff_with(ours, other).likeness;
  CHECK(apart.neighbours == 4);
  CHECK(apart.alike == 2);
  CHECK(apart.same_groups == 1);
  CHECK(apart.same_slices == 1);
}

TEST_CASE("a group that we cut says why, one that holds more says what") {
  const Profile ours = our_profile();
  const CompilerPlan theirs{
      .units = {group_of_names({"b", "c", "p", "e"}, {1, 1, 1, 1, 1}), single_of_name("f")}};
  const PlanDiff diff = diff_with(ours, theirs);
  // Our second group holds f as well, which the compiler has alone.
  CHECK(diff.units[0].match == UnitMatch::kMixed);
  CHECK(diff.units[0].groups == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(diff.units[0].reason.op == "p");
  CHECK(diff.units[0].reason.text == "the compiler has no local form of this op");
  CHECK(diff.units[1].match == UnitMatch::kJoined);
  CHECK(diff.units[1].reason.op == "e");
  CHECK(diff.units[1].reason.text == "in another group there");
  const CompilerPlan whole{.units = {group_of_names({"b", "c", "p", "e", "f"}, {1, 1, 1, 1, 1})}};
  CHECK(diff_with(ours, whole).units[0].match == UnitMatch::kCut);
}

TEST_CASE("parts of an op that cores run in units of their own are the same op") {
  const Profile ours = our_profile();
  const CompilerPlan theirs{.units = {group_of_names({"b", "c_Sigmoid_0"}, {1, 1, 1, 2, 1}),
                                      group_of_names({"b_1", "c_Sigmoid_1"}, {1, 1, 1, 2, 1}),
                                      single_of_name("p_0"), single_of_name("p_1")}};
  const PlanDiff diff = diff_with(ours, theirs);
  for (const PlanUnitRow& row : diff.units)
    CHECK(row.match == UnitMatch::kSame);
}

TEST_CASE("ops of one side only are rows of their own") {
  const Profile ours = our_profile();
  CompilerPlan theirs{
      .units = {group_of_names({"b", "q_Conv"}, {1, 1, 1, 1, 1}), single_of_name("z_f32")}};
  theirs.units[0].ops[1].figures = {.commands = {7, 8}, .read = 9};
  const PlanDiff diff = diff_with(ours, theirs);
  CHECK(diff.names.unmatched == std::vector<std::string>{"q_Conv"});
  CHECK(diff.names.casts == 1);
  std::size_t there = 0;
  std::size_t here = 0;
  for (const PlanOpRow& row : diff.ops) {
    if (!row.op) {
      ++there;
      CHECK(row.more_bytes() == (row.name() == "q_Conv" ? -9 : 0));
      CHECK(row.reason.text ==
            (row.name() == "q_Conv" ? "no such op here" : "a cast that is not here"));
    } else if (row.recorded.empty()) {
      ++here;
      CHECK(row.reason.text == "no such op there");
    }
  }
  CHECK(there == 2);
  CHECK(here == 4);  // c, p, e and f
  CHECK(diff.units[1].match == UnitMatch::kUnknown);
}

TEST_CASE("ops of real compiles have their counterparts here, but for casts") {
  const auto shared = shared_folder();
  if (!shared) return;
  struct Example {
    std::string model{};
    std::string folder{};
    DType precision = DType::kF16;
    std::size_t groups = 0;
  };
  for (const Example& example :
       {Example{"artefacts/blazeface.onnx", "artefacts/bm1688_blazeface_f16", DType::kF16, 13},
        Example{"models/yolov5s.onnx", "compiled/yolov5s/bm1684x_INT8", DType::kI8, 2},
        Example{"models/bert_base_256.onnx", "compiled/bert_base_256/bm1684x_F16", DType::kF16,
                26}}) {
    CAPTURE(example.folder);
    const Result<CompilerPlan> theirs = load_compiler_plan((*shared / example.folder).string());
    REQUIRE(theirs.ok());
    Result<Graph> graph = load_graph((*shared / example.model).string());
    REQUIRE(graph.ok());
    Compiler compiler(*std::move(graph));
    Configuration configuration{.chip = theirs->chip, .cores = theirs->cores};
    configuration.precision.precision = example.precision;
    Result<Run> run = compiler.run(configuration);
    REQUIRE(run.ok());
    const Profile ours = make_profile(*std::move(run), configuration, {});
    // On the machine for which both were made: groups fit its lanes and no others.
    const PlanDiff diff = diff_with(ours, *theirs, theirs->chip);
    CHECK(diff.names.matched + diff.names.casts == diff.names.ops);
    CHECK(grouped_ops(*theirs).groups == example.groups);
    for (const PlanUnitRow& row : diff.units) {
      const bool is_known = row.match != UnitMatch::kUnknown;
      CHECK((is_known || !theirs->units[row.unit].is_group));
    }
  }
}

}  // namespace
}  // namespace tpuscope::test
