// Types of groups from what their ops work on.

#include "passes/planner/group_type.h"

#include <doctest/doctest.h>

#include "tests/support/graphs.h"
#include "tests/support/mini_chip.h"

namespace tpuscope::test {
namespace {

/// The type of all ops of a graph as one group on a machine with 64 lanes.
GroupType type_of(std::string_view text) {
  const Graph graph = testing::graph_of(text);
  std::vector<OpId> run;
  for (const OpId op : graph.topological_order()) {
    const LayoutRule layout = graph[op].def->layout;
    if (layout != LayoutRule::kSource && layout != LayoutRule::kSink) run.push_back(op);
  }
  const GroupGraph group = group_graph(graph, run);
  const Chip chip = bm1684x();
  std::vector<GroupTraits> traits;
  for (const GroupOp& op : group.ops)
    traits.push_back(group_traits(op, chip));
  return group_type(traits, {0, group.ops.size() - 1});
}

TEST_CASE("maps make a normal group") {
  CHECK(type_of("x = Input f16[1,64,8,8]\nw = Weight f16[64,64,3,3]\n"
                "y = Conv(x, w) pads=[1,1,1,1]\nz = Relu(y)") == GroupType::kNormal);
}

TEST_CASE("products and ops over rows make a matmul group") {
  CHECK(type_of("x = Input f16[1,256,64]\nw = Weight f16[64,64]\n"
                "y = MatMul(x, w)\nz = Softmax(y) axis=2") == GroupType::kMatMul);
  // A pooling works on a map.
  CHECK(type_of("x = Input f16[1,64,8,8]\ny = MaxPool(x) kernel=[2,2] strides=[2,2]\n"
                "z = Softmax(y) axis=3") == GroupType::kNormal);
}

TEST_CASE("one op that works on volumes makes a 3D group") {
  CHECK(type_of("x = Input f16[1,64,4,8,8]\nw = Weight f16[64,64,3,3,3]\n"
                "y = Conv(x, w) pads=[1,1,1,1,1,1]\nz = Relu(y)") == GroupType::k3d);
}

TEST_CASE("few channels whose outer axes fill the lanes make a small-c group") {
  // 64 * 3 * 49 rows are whole sets of 64 lanes, 3 channels are not.
  CHECK(type_of("x = Input f16[64,3,49,49]\ny = Abs(x)\nz = Softmax(y) axis=3") ==
        GroupType::kSmallC);
  CHECK(type_of("x = Input f16[64,3,49,49]\ny = Relu(x)\nz = Softmax(y) axis=3") ==
        GroupType::kMatMul);
}

TEST_CASE("as many channels as lanes make a small-c group where no slices are needed") {
  CHECK(type_of("x = Input f16[1,64,56,56]\ny = Abs(x)\nz = Exp(y)") == GroupType::kSmallC);
  CHECK(type_of("x = Input f16[64,64,49,49]\ny = Abs(x)\nz = Softmax(y) axis=3") ==
        GroupType::kMatMul);
}

TEST_CASE("a number scales floats in any layout, and is added in that of maps alone") {
  const std::string x = "x = Input f16[1,64,56,56]\nc = Weight f16[] {2}\n";
  CHECK(type_of(x + "y = Mul(x, c)\nz = Abs(y)") == GroupType::kSmallC);
  CHECK(type_of(x + "y = Add(x, c)\nz = Abs(y)") == GroupType::kMatMul);
  const std::string bytes = "x = Input i8[1,64,56,56]\nc = Weight i8[] {2}\n";
  CHECK(type_of(bytes + "y = Mul(x, c)\nz = Abs(y)") == GroupType::kMatMul);
}

TEST_CASE("an operand of another shape keeps a group from being small-c") {
  CHECK(type_of("x = Input f16[64,3,49,49]\nw = Input f16[1,3,49,49]\ny = Add(x, w)\n"
                "z = Softmax(y) axis=3") == GroupType::kMatMul);
}

}  // namespace
}  // namespace tpuscope::test
