// Permutes that are more than one exchange of blocks become a permute for each exchange.

#include "passes/rewrites/permute_steps.h"

#include <doctest/doctest.h>

#include "tests/support/passes.h"

namespace tpuscope {
namespace {

using testing::check_same_function;
using testing::graph_of;

Graph after_steps(const Graph& before) {
  Graph graph = before;
  add_permute_steps(graph);
  CHECK(verify(graph).ok());
  check_same_function(before, graph);
  return graph;
}

/// What every Permute of the graph turns over: number of matrices, rows and columns.
std::vector<Shape> exchanges(std::string_view text) {
  const Graph graph = after_steps(graph_of(text));
  std::vector<Shape> found;
  for (const OpId op : graph.topological_order()) {
    if (graph[op].is("Permute")) found.push_back(graph.type(graph[op].inputs[0]).shape);
  }
  return found;
}

TEST_CASE("three axes reversed are two exchanges, as LPRNet and [64,28,28] are compiled") {
  CHECK(exchanges("x = Input f32[1,8,3,4]\ny = Permute(x) order=[0,3,2,1]") ==
        std::vector<Shape>{{1, 24, 4}, {4, 8, 3}});
  // The outer axis is one of the blocks.
  CHECK(exchanges("x = Input f32[2,8,3,4]\ny = Permute(x) order=[3,1,2,0]") ==
        std::vector<Shape>{{1, 48, 4}, {4, 2, 24}});
  CHECK(exchanges("x = Input f32[2,8,3,4]\ny = Permute(x) order=[0,3,2,1]") ==
        std::vector<Shape>{{2, 24, 4}, {8, 8, 3}});
}

TEST_CASE("what follows the axis that comes in front goes back by an exchange of its own") {
  // Queries, keys and values of Swin-T: four, as compiled.
  CHECK(exchanges("x = Input f32[4,7,3,2,5]\ny = Permute(x) order=[2,0,3,1,4]") ==
        std::vector<Shape>{{1, 28, 30}, {3, 10, 28}, {12, 7, 10}, {24, 5, 7}});
  CHECK(exchanges("x = Input f32[2,4,6,3]\ny = Permute(x) order=[2,0,3,1]") ==
        std::vector<Shape>{{1, 8, 18}, {6, 3, 8}, {12, 4, 3}});
}

TEST_CASE("one exchange stays one permute") {
  for (const std::string_view order :
       {"[0,2,1,3]", "[0,1,3,2]", "[1,0,2,3]", "[0,2,3,1]", "[0,3,1,2]", "[2,3,0,1]"}) {
    const Graph before =
        graph_of("x = Input f32[2,3,4,5]\ny = Permute(x) order=" + std::string(order));
    Graph after = before;
    add_permute_steps(after);
    CHECK_MESSAGE(to_text(after) == to_text(before), order);
  }
}

TEST_CASE("blocks of pixels that become channels have a kernel of their own") {
  for (const std::string_view order : {"[0,3,5,1,2,4]", "[0,5,3,1,2,4]", "[0,1,3,5,2,4]"}) {
    const Graph before =
        graph_of("x = Input f32[1,3,4,2,5,2]\ny = Permute(x) order=" + std::string(order));
    Graph after = before;
    add_permute_steps(after);
    CHECK_MESSAGE(to_text(after) == to_text(before), order);
  }
}

}  // namespace
}  // namespace tpuscope
