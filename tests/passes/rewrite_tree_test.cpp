// The tree of rewritten networks: whatever way leads to a graph, it is the pipeline's, and ways
// that do not differ are gone once.

#include "passes/rewrite_tree.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "passes/pipeline.h"
#include "tests/support/graphs.h"

namespace tpuscope {
namespace {

/// Two permutes that cancel, two views that do, and a ReLU to be fused.
const char* const kThreePasses = R"(
  x = Input f32[2,3,4,5]
  w = Weight f32[3,3,1,1]
  a = Permute(x) order=[0,2,1,3]
  b = Permute(a) order=[0,2,1,3]
  c = Conv(b, w)
  d = Relu(c)
  e = Reshape(d) shape=[6,20]
  f = Reshape(e) shape=[2,3,4,5]
  y = Softmax(f) axis=3
)";

std::string by_pipeline(const SwitchSet& switches) {
  Graph graph = testing::graph_of(kThreePasses);
  REQUIRE(run_pipeline(graph, {.switches = switches}).ok());
  return to_text(graph);
}

std::vector<SwitchSet> choices_of_passes() {
  const std::vector<std::string> names = {"cancel_permutes", "cancel_reshapes", "fuse_relu",
                                          "sink_permute"};
  std::vector<SwitchSet> choices;
  for (std::uint32_t chosen = 0; chosen < 1U << names.size(); ++chosen) {
    SwitchSet switches;
    for (std::size_t i = 0; i < names.size(); ++i)
      switches.set(names[i], ((chosen >> i) & 1U) != 0);
    choices.push_back(switches);
  }
  choices.push_back(SwitchSet::all());
  return choices;
}

TEST_CASE("every choice of passes ends where the pipeline ends, in whatever order it is asked") {
  std::vector<SwitchSet> choices = choices_of_passes();
  for (const bool reversed : {false, true}) {
    if (reversed) std::reverse(choices.begin(), choices.end());
    RewriteTree tree(testing::graph_of(kThreePasses));
    for (const SwitchSet& switches : choices) {
      CAPTURE(specification_of(switches));
      const auto state = tree.rewritten(switches);
      REQUIRE(state.ok());
      CHECK(to_text((*state)->graph()) == by_pipeline(switches));
    }
  }
}

TEST_CASE(
    "choices that do not differ for the graph share its state, those that do have their own") {
  RewriteTree tree(testing::graph_of(kThreePasses));
  CHECK(tree.size() == 1);
  const auto begin = *tree.rewritten({});
  // There is no attention to fuse.
  CHECK(*tree.rewritten({"fuse_attention"}) == begin);
  CHECK(tree.size() == 1);
  const auto cancelled = *tree.rewritten({"cancel_permutes"});
  CHECK(cancelled != begin);
  CHECK(*tree.rewritten({"cancel_permutes", "fuse_attention"}) == cancelled);
  CHECK(tree.size() == 2);
  CHECK(*tree.rewritten({"fuse_relu"}) != cancelled);
  CHECK(tree.size() == 3);
}

TEST_CASE("asking again makes nothing new") {
  RewriteTree tree(testing::graph_of(kThreePasses));
  std::set<const RewriteTree::State*> states;
  for (const SwitchSet& switches : choices_of_passes())
    states.insert(*tree.rewritten(switches));
  const std::size_t size = tree.size();
  CHECK(size >= states.size());
  for (const SwitchSet& switches : choices_of_passes())
    CHECK(states.contains(*tree.rewritten(switches)));
  CHECK(tree.size() == size);
}

}  // namespace
}  // namespace tpuscope
