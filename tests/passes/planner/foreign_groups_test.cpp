// Groups of the vendor's compiler for a network of ours: taken as far as they are possible, and a
// note that says how far.

#include "passes/planner/foreign_groups.h"

#include <doctest/doctest.h>

#include "passes/lower/lower.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"

namespace tpuscope {
namespace {

const Chip& chip_of_foreign_groups() {
  static const Chip chip = *load_chip("bm1684x");
  return chip;
}

Graph foreign_network() {
  return testing::graph_of(R"(
    x = Input f16[4,64,128,128]
    a = Relu(x)
    b = Sigmoid(a)
    p = Permute(b) order=[0,1,3,2]
    c = Add(b, p)
    d = Tanh(c)
    e = Relu(d)
    return e
  )");
}

/// A file of the compiler with these lists.
std::string cache_text(const std::string& groups, const std::string& alone = "") {
  return R"({"opt": 2, "total subfunc": 1, "subfunc_0": {"subfunc idx": 0, "GroupLayer": [)" +
         groups + R"(], "GlobalLayer": [)" + alone + R"(], "CyclePrefixSum": [1]}})";
}

struct ForeignPlan {
  Plan plan{};
  std::string note{};
  std::vector<std::string> groups{};  ///< "a b" of each with several ops
};

ForeignPlan planned_from(const Graph& graph, const std::string& json) {
  const Result<GroupCache> cache = parse_group_cache(json, "cache.json");
  if (!cache.ok()) FAIL(cache.error().message);
  GroupOptions options = testing::grouping("optimized");
  options.given = std::make_shared<const GroupCache>(*cache);
  ForeignPlan made{.plan = testing::planned(graph, chip_of_foreign_groups(), options)};
  made.note = given_groups_note(graph, made.plan, options.support, *cache);
  for (const Group& group : made.plan.groups) {
    if (group.layers() == nullptr) continue;
    std::string& names = made.groups.emplace_back();
    for (const OpId op : group.ops())
      names += (names.empty() ? "" : " ") + graph[op].name;
  }
  return made;
}

TEST_CASE("a file of the compiler is taken with its suffixes and slices") {
  const ForeignPlan made =
      planned_from(foreign_network(), cache_text(R"({"index": 3, "new_key": 1, "locs":
          ["c_Add", "d_Tanh", "e_Relu"], "shape_secs": [4, 1, 1, 3, 1]})",
                                                 R"({"index": 0, "loc": "xa_Relu_f16"},
          {"index": 9, "loc": "func.return"})"));
  CHECK(made.groups == std::vector<std::string>{"c d e"});
  CHECK(made.plan.groups.back().layers()->secs == SliceCounts{4, 1, 1, 3, 1});
  CHECK(made.note == "groups of cache.json: 3 of its 4 ops matched (1 cast); 1 of 1 groups taken");
  CHECK(lower(foreign_network(), chip_of_foreign_groups(), made.plan).ok());
}

TEST_CASE("ops that are not here are counted and the first is named") {
  const ForeignPlan made = planned_from(
      foreign_network(), cache_text(R"({"locs": ["c_Add", "other_Conv", "d_Tanh", "more_Conv"]})"));
  CHECK(made.groups == std::vector<std::string>{"c d"});
  CHECK(made.note ==
        "groups of cache.json: 2 of its 4 ops matched (2 unknown here, first \"other_Conv\"); "
        "1 of 1 groups taken");
}

TEST_CASE("an op between two members that the compiler does not know joins them") {
  const ForeignPlan made =
      planned_from(foreign_network(), cache_text(R"({"locs": ["c_Add", "e_Relu"]})"));
  CHECK(made.groups == std::vector<std::string>{"c d e"});
  // One that it runs alone stays so, and cuts the group.
  const ForeignPlan cut =
      planned_from(foreign_network(), cache_text(R"({"locs": ["b", "c_Add", "e_Relu"]})",
                                                 R"({"loc": "d_Tanh"}, {"loc": "p_Transpose"})"));
  CHECK(cut.groups.empty());
  CHECK(cut.note.ends_with("0 of 1 groups taken, 1 cut or left out"));
}

TEST_CASE("members without local form here are left out, what they interrupt is cut") {
  const ForeignPlan made =
      planned_from(foreign_network(), cache_text(R"({"locs": ["a", "b", "p", "c", "d", "e"]})"));
  CHECK(made.groups == std::vector<std::string>{"a b", "c d e"});
  CHECK(made.note.ends_with("6 of its 6 ops matched; 0 of 1 groups taken, 1 cut or left out"));
}

TEST_CASE("slices that do not fit here give way to others") {
  // A tensor of 128 x 128 halves is 32 KiB per lane and image: one slice cannot hold two of four.
  const ForeignPlan made = planned_from(
      foreign_network(), cache_text(R"({"locs": ["c", "d", "e"], "shape_secs": [1, 1, 1, 1, 1]})"));
  REQUIRE(made.groups.size() == 1);
  CHECK(product_of(made.plan.groups.back().layers()->secs) > 1);
  CHECK(made.note.ends_with("0 of 1 groups taken, 1 in other slices"));
}

TEST_CASE("of groups that need each other's results one is given up") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    a = Relu(x)
    b = Sigmoid(x)
    c = Relu(b)
    d = Sigmoid(a)
    e = Add(c, d)
    return e
  )");
  const ForeignPlan made =
      planned_from(graph, cache_text(R"({"locs": ["a", "c"]}, {"locs": ["b", "d"]})"));
  CHECK(made.groups.size() == 1);
  CHECK(lower(graph, chip_of_foreign_groups(), made.plan).ok());
}

TEST_CASE("several sub-nets follow each other, files without groups are refused") {
  const Result<GroupCache> two = parse_group_cache(
      R"({"total subfunc": 2, "subfunc_0": {"GroupLayer": [{"index": 4, "locs": ["a"]}]},
          "subfunc_1": {"GlobalLayer": [{"index": 0, "loc": "b"}]}})",
      "two.json");
  REQUIRE(two.ok());
  CHECK(two->groups.at(0).position == 4);
  CHECK(two->alone.at(0).position == 5);
  CHECK(two->is_foreign);
  const Result<GroupCache> none =
      parse_group_cache(R"({"opt": 2, "total subfunc": 0})", "none.json");
  REQUIRE(!none.ok());
  CHECK(none.error().message == "the file holds no groups");
  CHECK(!parse_group_cache(R"({"subfunc_0": {"GroupLayer": [{"locs": [3]}]}})", "bad.json").ok());
}

}  // namespace
}  // namespace tpuscope
