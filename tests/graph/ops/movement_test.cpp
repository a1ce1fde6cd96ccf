// Ops that move elements: values, and the copies that they are priced by.

#include <numeric>

#include "tests/graph/ops/evaluated.h"

using namespace tpuscope;
using namespace tpuscope::testing;

namespace {

std::vector<double> counted(std::size_t elements) {
  std::vector<double> values(elements);
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

/// Values of an op on a tensor that holds its own offsets.
std::vector<double> moved(const std::string& type, std::size_t elements, const std::string& op) {
  return evaluated("x = Input " + type + "\ny = " + op + "\nreturn y\n", {counted(elements)});
}

}  // namespace

TEST_CASE("a permute moves element [i,j] to [j,i]") {
  CHECK(moved("f32[2,3]", 6, "Permute(x) order=[1,0]") == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(error_of("x = Input f32[2,3]\ny = Permute(x) order=[1,1]\nreturn y\n") ==
        "order [1,1] does not name each axis once");
  CHECK(error_of("x = Input f32[2,3]\ny = Permute(x) order=[0]\nreturn y\n") ==
        "order has 1 entries, 2 are needed for f32[2,3]");
}

TEST_CASE("a permute is one copy over the axes that really change place") {
  const Movement movement =
      movement_of("x = Input f32[1,49,3,32]\ny = Permute(x) order=[0,2,1,3]\nreturn y\n");
  REQUIRE(movement.copies.size() == 1);
  CHECK(movement.copies[0].extents == Shape{3, 49, 32});
  CHECK(movement.copies[0].operand_strides == Shape{32, 3 * 32, 1});
  CHECK(movement.copies[0].result_strides == Shape{49 * 32, 32, 1});
}

TEST_CASE("a permute that only moves unit axes is one run") {
  const Movement movement =
      movement_of("x = Input f32[1,4,5]\ny = Permute(x) order=[1,0,2]\nreturn y\n");
  CHECK(movement.copies[0].extents == Shape{4 * 5});
}

TEST_CASE("a slice takes a box, backwards where the step is negative") {
  CHECK(moved("f32[3,4]", 12, "Slice(x) starts=[1,1] extents=[2,2]") ==
        std::vector<double>{5, 6, 9, 10});
  CHECK(moved("f32[4]", 4, "Slice(x) starts=[3] extents=[2] steps=[-2]") ==
        std::vector<double>{3, 1});
  CHECK(error_of("x = Input f32[4]\ny = Slice(x) starts=[2] extents=[3]\nreturn y\n") ==
        "3 elements from 2 in steps of 1 are outside axis 0 of f32[4]");
}

TEST_CASE("a slice of an inner axis is rows at the operand's stride") {
  const Movement movement =
      movement_of("x = Input f32[8,12]\ny = Slice(x) starts=[0,4] extents=[8,4]\nreturn y\n");
  CHECK(movement.copies[0].extents == Shape{8, 4});
  CHECK(movement.copies[0].operand_strides == Shape{12, 1});
  CHECK(movement.copies[0].operand_offset == 4);
}

TEST_CASE("a tile of a slice needs the operand at the slice's offset") {
  const std::string text =
      "x = Input f32[10]\ny = Slice(x) starts=[9] extents=[4] steps=[-2]\nreturn y\n";
  CHECK(region_of(text, 0, {{1, 3}}) == Region{{9 - 2 * 2, 9 - 2 + 1}});
}

TEST_CASE("a concat is one copy per operand, each at its offset in the result") {
  const std::string text =
      "a = Input f32[2,1]\nb = Input f32[2,2]\ny = Concat(a, b) axis=1\nreturn y\n";
  CHECK(evaluated(text, {{1, 2}, {3, 4, 5, 6}}) == std::vector<double>{1, 3, 4, 2, 5, 6});
  const Movement movement = movement_of(text);
  REQUIRE(movement.copies.size() == 2);
  CHECK(movement.copies[1].operand == 1);
  CHECK(movement.copies[1].result_offset == 1);
  CHECK(error_of("a = Input f32[2,1]\nb = Input f32[3,1]\ny = Concat(a, b) axis=1\nreturn y\n") ==
        "f32[2,1] and f32[3,1] differ beside axis 1");
}

TEST_CASE("a concat is not cut along the axis that grows") {
  const std::string text =
      "a = Input f32[2,1]\nb = Input f32[2,2]\ny = Concat(a, b) axis=1\nreturn y\n";
  CHECK(cuts_of(text) == std::vector<bool>{true, false});
  CHECK(region_of(text, 1, {{0, 1}, {0, 3}}) == Region{{0, 1}, {0, 2}});
}

TEST_CASE("borders are constant, mirrored without the edge, or the edge repeated") {
  CHECK(moved("f32[3]", 3, "Pad(x) pads=[1,2] value=9.0") == std::vector<double>{9, 0, 1, 2, 9, 9});
  CHECK(moved("f32[3]", 3, "Pad(x) pads=[2,1] mode=\"reflect\"") ==
        std::vector<double>{2, 1, 0, 1, 2, 1});
  CHECK(moved("f32[3]", 3, "Pad(x) pads=[1,1] mode=\"edge\"") ==
        std::vector<double>{0, 0, 1, 2, 2});
  CHECK(moved("f32[3]", 3, "Pad(x) pads=[-1,1]") == std::vector<double>{1, 2, 0});
}

TEST_CASE("a constant border is filled, a mirrored one is copied") {
  const std::string head = "x = Input f32[4,4]\ny = Pad(x) pads=[0,1,0,1]";
  CHECK(movement_of(head + "\nreturn y\n").fill_elements == 4 * 2);
  const Movement mirrored = movement_of(head + " mode=\"reflect\"\nreturn y\n");
  CHECK(mirrored.fill_elements == 0);
  CHECK(mirrored.copies.size() == 3);
}

TEST_CASE("a mirror has no more elements than the tensor behind it") {
  CHECK(error_of("x = Input f32[2]\ny = Pad(x) pads=[2,0] mode=\"reflect\"\nreturn y\n") ==
        "pads 2 and 0 do not suit axis 0 of f32[2] (reflect)");
}

TEST_CASE("Tile repeats whole tensors, Expand repeats single elements") {
  CHECK(moved("f32[2]", 2, "Tile(x) repeats=[2]") == std::vector<double>{0, 1, 0, 1});
  CHECK(moved("f32[2,1]", 2, "Expand(x) shape=[2,2]") == std::vector<double>{0, 0, 1, 1});
  CHECK(error_of("x = Input f32[2]\ny = Expand(x) shape=[3]\nreturn y\n") ==
        "shapes [2] and [3] do not broadcast: 2 against 3");
}

TEST_CASE("SpaceToDepth is undone by DepthToSpace in the same order of channels") {
  const std::string text = R"(
    x = Input f32[1,2,4,4]
    d = SpaceToDepth(x) block=2
    y = DepthToSpace(d) block=2)";
  CHECK(evaluated(text + "\nreturn y\n", {counted(32)}) == counted(32));
  CHECK(evaluated(text + " mode=\"CRD\"\nreturn y\n", {counted(32)}) != counted(32));
}

TEST_CASE("Gather picks slices, counting negative indices from the end") {
  const std::string text = "x = Input f32[3,2]\ni = Input i64[2]\ny = Gather(x, i)\nreturn y\n";
  CHECK(evaluated(text, {counted(6), {-1, 0}}) == std::vector<double>{4, 5, 0, 1});
  const Movement movement = movement_of(text);
  CHECK(movement.gather_runs == 2);
  CHECK(movement.gather_run_elements == 2);
  CHECK(movement.gather_indices == 2);
  // Along an inner axis each index picks a run of every outer element.
  const Movement inner =
      movement_of("x = Input f32[5,3,2]\ni = Input i64[2]\ny = Gather(x, i) axis=1\nreturn y\n");
  CHECK(inner.gather_runs == 5 * 2);
  CHECK(inner.gather_indices == 2);
}

TEST_CASE("an index outside its axis is an error of the evaluation") {
  const Graph graph = graph_of("x = Input f32[3]\ni = Input i64[1]\ny = Gather(x, i)\nreturn y\n");
  const auto result = evaluate(graph, {{{DType::kF32, {3}}, {1, 2, 3}}, {{DType::kI64, {1}}, {3}}});
  REQUIRE(!result.ok());
  CHECK(result.error().message == "index 3 is outside an axis of 3");
}

TEST_CASE("scattered updates replace elements or add to them") {
  const std::string text = R"(
    x = Input f32[3]
    i = Input i64[2]
    u = Input f32[2]
    y = ScatterElements(x, i, u))";
  const std::vector<std::vector<double>> inputs = {{1, 2, 3}, {1, 1}, {10, 20}};
  CHECK(evaluated(text + "\nreturn y\n", inputs) == std::vector<double>{1, 20, 3});
  CHECK(evaluated(text + " reduction=\"add\"\nreturn y\n", inputs) ==
        std::vector<double>{1, 2 + 10 + 20, 3});
}

TEST_CASE("Trilu keeps one side of a diagonal") {
  CHECK(moved("f32[2,2]", 4, "Trilu(x)") == std::vector<double>{0, 1, 0, 3});
  CHECK(moved("f32[2,2]", 4, "Trilu(x) upper=0") == std::vector<double>{0, 0, 2, 3});
}
