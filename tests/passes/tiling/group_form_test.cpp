// Layouts, instructions and working space of ops in groups.

#include "passes/tiling/group_form.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/test_group.h"

namespace tpuscope::test {
namespace {

/// Layout of a whole value in the group.
Placement placement_of(const testing::TestGroup& test, const char* name) {
  const std::size_t value = test.value(name);
  return group_placement(mini_chip(), test.run, test.range, value,
                         test.run.values[value].type.shape);
}

/// Steps of the op that makes a value, for all of it.
std::vector<PlacedStep> steps_for(const testing::TestGroup& test, const char* name) {
  const GroupOp& op = test.run.ops[test.op(name)];
  std::vector<Region> operands;
  for (const TensorType& type : op.view.inputs)
    operands.push_back(whole(type.shape));
  return group_steps(mini_chip(), op, test.range.type, operands, whole(op.view.result().shape));
}

TEST_CASE("activations have their channels on lanes, filters their result channels") {
  const testing::TestGroup test(R"(
    x = Input f16[1,8,4,4]
    w = Weight f16[6,8,3,3]
    b = Weight f16[6]
    y = Conv(x, w, b) pads=[1,1,1,1]
    return y
  )");
  CHECK(placement_of(test, "x").shape == LocalShape{1, 8, 4, 4});
  // 8 channels in 4 lanes are 2 slots of 16 elements of 2 bytes.
  CHECK(placement_of(test, "x").bytes == 2 * 16 * 2);
  CHECK(placement_of(test, "w").shape == LocalShape{1, 6, 1, 8 * 9});
  CHECK(placement_of(test, "w").alignment == Alignment::kCompact);
  // 6 filters in 4 lanes are 2 slots of 72 elements of 2 bytes.
  CHECK(placement_of(test, "w").bytes == 2 * 72 * 2);
  CHECK(placement_of(test, "b").shape == LocalShape{1, 6, 1, 1});
}

TEST_CASE("the group's type lays axes out") {
  constexpr std::string_view kText = "x = Input f16[2,3,4,8]\ny = Relu(x)\nreturn y\n";
  CHECK(placement_of(testing::TestGroup(kText), "x").shape == LocalShape{2, 3, 4, 8});
  // Few channels: outer axes join n so that rows are on lanes.
  const LocalShape rows = placement_of(testing::TestGroup(kText, GroupType::kSmallC), "x").shape;
  CHECK(rows.elements() == 2 * 3 * 4 * 8);
  CHECK(rows.c > 3);
}

TEST_CASE("an elementwise op is an instruction in the layout of its result") {
  const testing::TestGroup test("x = Input f16[2,8,4,4]\ny = Relu(x)\nreturn y\n");
  const std::vector<PlacedStep> steps = steps_for(test, "y");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].step.n == 2);
  CHECK(steps[0].step.c == 8);
  CHECK(steps[0].step.h * steps[0].step.w == 16);
}

TEST_CASE("views have no instructions, joins one copy for each operand") {
  const testing::TestGroup view(
      "x = Input f16[2,8,4,4]\na = Relu(x)\ny = Reshape(a) shape=[2,8,16]\nreturn y\n");
  CHECK(steps_for(view, "y").empty());
  const testing::TestGroup join(
      "a = Input f16[1,4,4,4]\nb = Input f16[1,8,4,4]\ny = Concat(a, b) axis=1\nreturn y\n");
  const std::vector<PlacedStep> steps = steps_for(join, "y");
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].step.c == 4);
  CHECK(steps[1].step.c == 8);
}

TEST_CASE("a roll is a copy for each part, from lane to lane along the channels") {
  const auto parts = [](const std::string& offset) {
    const testing::TestGroup test(
        "x = Input f16[1,8,6,4]\na = Relu(x)\ny = SwapDimInner(a) offset=" + offset +
        "\nreturn y\n");
    return steps_for(test, "y");
  };
  const std::vector<PlacedStep> channels = parts("[0,3,0,0]");
  REQUIRE(channels.size() == 2);
  CHECK(channels[0].step.unit == WorkUnit::kLaneCopy);
  CHECK(channels[0].step.c == 3);
  CHECK(channels[1].step.c == 5);
  const std::vector<PlacedStep> rows = parts("[0,0,2,0]");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].step.unit == WorkUnit::kCopy);
  CHECK(rows[0].step.h * rows[0].step.w == 2 * 4);
  CHECK(rows[1].step.h * rows[1].step.w == 4 * 4);
  // Rolls along several axes are none that the compiler has.
  CHECK(parts("[0,3,2,0]").size() == 1);
}

TEST_CASE("folds over rows have one element per row in the layout of the row") {
  const testing::TestGroup test("x = Input f32[1,2,4,8]\ny = Softmax(x) axis=3\nreturn y\n",
                                GroupType::kMatMul);
  bool has_folded = false;
  for (const PlacedStep& placed : steps_for(test, "y")) {
    const WorkStep& step = placed.step;
    if (step.elements() == 2 * 4) {
      has_folded = true;
      CHECK(step.c == 2);
      CHECK(step.h * step.w == 4);
    } else {
      CHECK(step.elements() == 2 * 4 * 8);
    }
  }
  CHECK(has_folded);
}

TEST_CASE("rows of a product are where the type puts them, each matrix an instruction") {
  const testing::TestGroup test(
      "x = Input f16[3,8,16]\nw = Weight f16[16,4]\ny = MatMul(x, w)\nreturn y\n",
      GroupType::kMatMul);
  const std::vector<PlacedStep> steps = steps_for(test, "y");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].step.c == 8);  // rows on lanes
  CHECK(steps[0].step.n == 3);  // matrices
  CHECK(steps[0].step.w == 4);
}

TEST_CASE("working space: none for one pass, two tensors for exponentials, f32 sums of products") {
  const auto scratch = [](std::string_view text, const char* name) {
    const testing::TestGroup test(text);
    const GroupOp& op = test.run.ops[test.op(name)];
    return group_scratch(mini_chip(), op, test.range.type, steps_for(test, name),
                         op.view.result().shape);
  };
  // 4 channels of 16 elements: 64 bytes of f32 per lane, 16 of 8 bits.
  CHECK(scratch("x = Input f32[1,4,4,4]\ny = Relu(x)\nreturn y\n", "y") == 0);
  CHECK(scratch("x = Input f32[1,4,4,4]\ny = Exp(x)\nreturn y\n", "y") == 2 * 64);
  CHECK(scratch("x = Input i8[1,4,16]\nw = Weight i8[16,16]\ny = MatMul(x, w)\nreturn y\n", "y") ==
        64);
  CHECK(scratch("x = Input f16[1,4,16]\nw = Weight f16[16,16]\ny = MatMul(x, w)\nreturn y\n",
                "y") == 0);
}

}  // namespace
}  // namespace tpuscope::test
