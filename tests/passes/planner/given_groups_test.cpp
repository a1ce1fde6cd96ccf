// Groups given by hand: what the planner finds can be written, changed and read, and a file that
// cannot be meant is refused with its place.

#include <algorithm>
#include <regex>

#include <doctest/doctest.h>

#include "passes/compile.h"
#include "passes/lower/lower.h"
#include "passes/planner/group_cache.h"
#include "profiles/report/report.h"
#include "profiles/views/results.h"
#include "tests/support/graphs.h"
#include "tests/support/grouping.h"
#include "tests/support/models.h"

namespace tpuscope {
namespace {

const Chip& bm1684x_given_groups() {
  static const Chip chip = *load_chip("bm1684x");
  return chip;
}

class Text : public ByteSink {
 public:
  void write(std::string_view bytes) override { text_ += bytes; }
  const std::string& text() const { return text_; }

 private:
  std::string text_{};
};

/// What --write-groups writes of a plan.
std::string written_given_groups(const Graph& graph, const Chip& chip, const Plan& plan) {
  Result<Simulation> simulation = simulate(graph, chip, plan);
  REQUIRE(simulation.ok());
  const Profile profile = make_profile(graph, *std::move(simulation), chip,
                                       {.switches = *parse_switches("optimized")}, {});
  Text text;
  REQUIRE(writer_called<Results>("groups").write({.after = &profile}, {}, text).ok());
  return text.text();
}

GroupOptions given(const std::string& json) {
  GroupOptions options = testing::grouping("optimized");
  const Result<GroupCache> cache = parse_group_cache(json, "groups.json");
  if (!cache.ok()) FAIL(cache.error().where, ": ", cache.error().message);
  options.given = std::make_shared<const GroupCache>(*cache);
  return options;
}

Graph chain_given_groups() {
  return testing::graph_of(R"(
    x = Input f16[4,64,128,128]
    a = Relu(x)
    b = Sigmoid(a)
    p = Permute(b) order=[0,1,3,2]
    c = Add(b, p)
    d = Tanh(c)
    return d
  )");
}

/// "place: message; hint" of every error.
std::string errors_of_given_groups(const std::string& json) {
  const Result<Plan> plan =
      plan_layer_groups(chain_given_groups(), bm1684x_given_groups(), given(json));
  if (plan.ok()) return "";
  std::string text;
  for (const Error& error : plan.errors())
    text += error.where + ": " + error.message + "; " + error.hint + "\n";
  return text;
}

/// The file without what it expects the groups to take: the planner samples slices while it
/// searches, and looks at all of them when groups are given.
std::string without_costs(const std::string& file) {
  static const std::regex kCost("\"group_cost\": [0-9]+");
  return std::regex_replace(file.substr(0, file.find("\"CyclePrefixSum\"")), kCost, "");
}

TEST_CASE("what the planner found, written and read, is the same plan") {
  for (const char* name : {"swin_t", "resnet50", "yolov5s"}) {
    if (testing::kIsSanitized && name != std::string_view("yolov5s")) continue;
    for (const GroupMethod method : {GroupMethod::kGreedy, GroupMethod::kDp}) {
      CAPTURE(name);
      CAPTURE(name_of(method));
      const Graph graph = testing::prepared(name, DType::kF16, "optimized");
      const Plan found =
          testing::planned(graph, bm1684x_given_groups(), testing::grouping("optimized", method));
      const std::string file = written_given_groups(graph, bm1684x_given_groups(), found);
      const Plan read = testing::planned(graph, bm1684x_given_groups(), given(file));
      CHECK(without_costs(written_given_groups(graph, bm1684x_given_groups(), read)) ==
            without_costs(file));
      REQUIRE(read.groups.size() == found.groups.size());
      const Program before = *lower(graph, bm1684x_given_groups(), found);
      const Program after = *lower(graph, bm1684x_given_groups(), read);
      REQUIRE(before.commands.size() == after.commands.size());
      for (std::size_t i = 0; i < before.commands.size(); ++i) {
        const Command& a = before.commands[i];
        const Command& b = after.commands[i];
        const bool is_same = a.op == b.op && a.group == b.group && a.slice == b.slice &&
                             a.wait_id == b.wait_id && a.bytes == b.bytes &&
                             a.result.address == b.result.address &&
                             a.cost.total() == b.cost.total();
        REQUIRE(is_same);
      }
    }
  }
}

TEST_CASE("a file says which groups load their weights for each image of a batch") {
  Configuration configuration;
  configuration.precision.precision = DType::kI8;
  configuration.batch = 2;
  const Result<Compiled> found = Compiler(*load_graph("bert_base_256")).compile(configuration);
  REQUIRE(found.ok());
  const Graph& graph = found->network->graph;
  const std::string file = written_given_groups(graph, *found->chip, found->plan);
  const std::string mark = ",\"image_by_image\":true";
  const std::string compact = std::regex_replace(file, std::regex(R"(\s)"), "");
  const std::size_t at = compact.find(mark);
  REQUIRE(at != std::string::npos);
  const auto reloads = [](const Plan& plan) {
    return std::any_of(plan.groups.begin(), plan.groups.end(), [](const Group& group) {
      return group.layers() != nullptr && group.layers()->image_by_image;
    });
  };
  CHECK(reloads(testing::planned(graph, *found->chip, given(file))));
  // Without the mark the weights of all layers are held, for which there is no room.
  std::string unmarked = compact;
  unmarked.erase(at, mark.size());
  CHECK_FALSE(plan_layer_groups(graph, *found->chip, given(unmarked)).ok());
}

TEST_CASE("groups that are given are taken, whether they pay or not; others are alone") {
  const Graph graph = chain_given_groups();
  const Plan plan = testing::planned(
      graph, bm1684x_given_groups(),
      given(R"({"GroupLayer": [{"locs": ["c", "d"], "shape_secs": [4, 1, 1, 3, 1]}]})"));
  REQUIRE(plan.groups.size() == 4);
  CHECK(plan.groups[3].ops().size() == 2);
  CHECK(plan.groups[3].layers()->secs == SliceCounts{4, 1, 1, 3, 1});
  const bool tells = std::any_of(plan.decisions.begin(), plan.decisions.end(), [&](const auto& d) {
    return d.kind == GroupDecision::Kind::kLimit && graph[d.op].name == "a";
  });
  CHECK(tells);
}

TEST_CASE("without slices the planner chooses them") {
  const Plan plan = testing::planned(chain_given_groups(), bm1684x_given_groups(),
                                     given(R"({"GroupLayer": [{"locs": ["c", "d"]}]})"));
  REQUIRE(plan.groups.size() == 4);
  CHECK(product_of(plan.groups[3].layers()->secs) > 1);
}

TEST_CASE("a group of one op is that op alone") {
  const Plan plan =
      testing::planned(chain_given_groups(), bm1684x_given_groups(),
                       given(R"({"GroupLayer": [{"locs": ["c"]}], "GlobalLayer": []})"));
  CHECK(plan.groups.size() == 5);
}

TEST_CASE("files of groups that cannot be meant are refused with place and way out") {
  const auto groups = [](const std::string& text) { return "{\"GroupLayer\": [" + text + "]}"; };
  CHECK(errors_of_given_groups(groups(R"({"locs": ["c", "dd"]})")) ==
        "groups.json:/GroupLayer/0/locs/1: no op makes \"dd\"; "
        "profile MODEL --write-groups FILE writes the names of all ops\n");
  CHECK(errors_of_given_groups(groups(R"({"locs": ["c", "d"]}, {"locs": ["c"]})")) ==
        "groups.json:/GroupLayer/1/locs/0: \"c\" is in the file twice; "
        "the first place is groups.json:/GroupLayer/0/locs/0\n");
  CHECK(errors_of_given_groups(groups(R"({"locs": ["a", "b", "c"]})")) ==
        "groups.json:/GroupLayer/0: the group is not contiguous: \"p\" is between its ops, and "
        "\"c\" needs its result; add what is between, or cut the group there\n");
  CHECK(errors_of_given_groups(groups(R"({"locs": ["b", "p"]})")) ==
        "groups.json:/GroupLayer/0/locs/1: \"p\" can be in no group: "
        "the compiler has no local form of this op; give it a GlobalLayer of its own\n");
  CHECK(errors_of_given_groups(groups(R"({"locs": ["d", "c"]})")) ==
        "groups.json:/GroupLayer/0/locs/1: \"c\" comes after \"d\", which reads it; "
        "write producers first\n");
}

TEST_CASE("slices of a given group must fit its axes and local memory") {
  const auto with_slices = [](const std::string& secs) {
    return errors_of_given_groups(R"({"GroupLayer": [{"locs": ["c", "d"], "shape_secs": )" + secs +
                                  "}]}");
  };
  CHECK(with_slices("[4,1,1,3,1]").empty());
  const std::string axes = with_slices("[5,1,1,1,1]");
  CHECK(axes.find("the forced slices are more than its axes allow") != std::string::npos);
  CHECK(axes.find("would do") != std::string::npos);
  // A tensor of 128*128 halves is 32 KiB per lane and image: four images of two and more do not
  // fit.
  const std::string memory = with_slices("[1,1,1,1,1]");
  CHECK(memory.find("does not fit local memory in these slices") != std::string::npos);
  CHECK(memory.find("bytes per lane are missing") != std::string::npos);
}

TEST_CASE("groups that need each other's results are refused") {
  const Graph graph = testing::graph_of(R"(
    x = Input f16[1,64,32,32]
    a = Relu(x)
    b = Sigmoid(x)
    c = Relu(b)
    d = Sigmoid(a)
    e = Add(c, d)
    return e
  )");
  const Result<Plan> plan =
      plan_layer_groups(graph, bm1684x_given_groups(),
                        given(R"({"GroupLayer": [{"locs": ["a", "c"]}, {"locs": ["b", "d"]}]})"));
  REQUIRE(!plan.ok());
  CHECK(plan.error().message == "the group and others need each other's results");
  // One of them by itself need not be neighbours in the network's order.
  CHECK(plan_layer_groups(graph, bm1684x_given_groups(),
                          given(R"({"GroupLayer": [{"locs": ["a", "d"]}]})"))
            .ok());
}

TEST_CASE("malformed files of groups are errors") {
  const auto message = [](const std::string& json) {
    const Result<GroupCache> cache = parse_group_cache(json, "g");
    return cache.ok() ? "" : cache.error().where + ": " + cache.error().message;
  };
  CHECK(message("{") != "");
  CHECK(message("{}") == "g:/: the file holds no groups");
  CHECK(message(R"({"GroupLayers": []})") == "g:/: unknown key \"GroupLayers\"");
  CHECK(message(R"({"GroupLayer": [{"locs": []}]})") ==
        "g:/GroupLayer/0/locs: the group has no ops");
  CHECK(message(R"({"GroupLayer": [{"locs": ["a"], "shape_secs": [1,2]}]})") ==
        "g:/GroupLayer/0/shape_secs: 2 counts of slices");
  CHECK(message(R"({"GroupLayer": [{"locs": ["a"], "shape_secs": [1,1,0,1,1]}]})") ==
        "g:/GroupLayer/0/shape_secs/2: a group has at least one slice per axis");
  CHECK(message(R"({"GlobalLayer": [{"index": 1}]})") ==
        "g:/GlobalLayer/0: key \"loc\" is missing");
}

TEST_CASE("groups are given only where there are groups") {
  GroupOptions options = given(R"({"GroupLayer": [{"locs": ["c", "d"]}]})");
  options.method = GroupMethod::kAlone;
  const Result<Plan> plan =
      plan_layer_groups(chain_given_groups(), bm1684x_given_groups(), options);
  REQUIRE(!plan.ok());
  CHECK(plan.error().code == ErrorCode::kUsage);
}

}  // namespace
}  // namespace tpuscope
