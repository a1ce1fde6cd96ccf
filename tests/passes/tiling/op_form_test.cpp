// Single ops as the machine runs them: merged axes, what is mapped to lanes, and the instructions
// of a tile.

#include "passes/tiling/op_form.h"

#include <utility>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"
#include "tests/support/ops.h"

namespace tpuscope::test {
namespace {

/// The last op of a network.
OpForm form_of_last(std::string_view text, const Chip& chip = mini_chip()) {
  static std::vector<Graph> graphs;  // forms refer to the attributes of their op
  graphs.push_back(testing::graph_of(text));
  const Graph& graph = graphs.back();
  const OpId op = testing::last_op(graph);
  return form_of(chip, *graph[op].def, graph.view(op));
}

Tile whole_tile(const OpForm& form) {
  return tile_of(form, whole(form.view.result().shape));
}

std::vector<WorkUnit> units_of(const std::vector<PlacedStep>& steps) {
  std::vector<WorkUnit> units;
  for (const PlacedStep& step : steps)
    units.push_back(step.step.unit);
  return units;
}

TEST_CASE("an elementwise op without broadcasting is one row of elements over all lanes") {
  const OpForm form = form_of_last("x = Input f16[2,4,8,8]\ny = Relu(x)");
  CHECK(form.spread == Spread::kFlat);
  CHECK(form.view.result().shape == Shape{2 * 4 * 8 * 8});
  const std::vector<PlacedStep> steps = steps_of(form, whole_tile(form));
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].step.c == 512);
  CHECK(steps[0].alignment == Alignment::kCompact);
}

TEST_CASE("axes are merged where every operand treats them alike") {
  // Axes 1 and 2 are broadcast together, 0 and 3 are not.
  const OpForm form =
      form_of_last("x = Input f16[2,4,8,16]\nz = Input f16[2,1,1,16]\ny = Add(x, z)");
  CHECK(form.view.result().shape == Shape{2, 4 * 8, 16});
  CHECK(form.view.input(1).shape == Shape{2, 1, 16});
}

TEST_CASE("with broadcasting the axis that fills the lanes best is mapped to them") {
  // 32 of axis 0 over 4 lanes: 8 slots of ceil(3 / 4) vectors each, 8. 3 of axis 1: 32 times one
  // slot of one vector, 32.
  const OpForm form = form_of_last("x = Input f16[32,3]\nz = Input f16[3]\ny = Add(x, z)");
  CHECK(form.spread == Spread::kAxis);
  CHECK(form.lane_axis == 0);
  // 8 bytes hold 4 elements of 16 bits. 3 of axis 0: 1 slot of 8 vectors, 8. 32 of axis 1: 3 times
  // 8 slots of a vector, 24.
  CHECK(form_of_last("x = Input f16[3,32]\nz = Input f16[32]\ny = Add(x, z)").lane_axis == 0);
  // 4 of axis 1 fill the lanes: 1 vector for each of 5; 5 of axis 0 take 2 slots of a vector.
  CHECK(form_of_last("x = Input f16[5,4]\nz = Input f16[4]\ny = Add(x, z)").lane_axis == 0);
}

TEST_CASE("ops over rows deal rows out to lanes") {
  const OpForm form = form_of_last("x = Input f32[2,4,8]\ny = Softmax(x) axis=2");
  CHECK(form.spread == Spread::kRows);
  CHECK(form.row_length == 8);
  CHECK(form.divisible == std::vector<bool>{true, true, false});
  for (const PlacedStep& step : steps_of(form, whole_tile(form)))
    CHECK(step.step.c == 2 * 4);
}

TEST_CASE("products are matrices, convolutions and pooling are maps") {
  CHECK(form_of_last("x = Input f16[4,8]\nw = Weight f16[8,4]\ny = MatMul(x, w)").spread ==
        Spread::kMatrix);
  CHECK(form_of_last("x = Input f16[1,4,8,8]\nw = Weight f16[4,4,3,3]\ny = Conv(x, w)").spread ==
        Spread::kMap);
  CHECK(form_of_last("x = Input f16[1,4,8,8]\ny = MaxPool(x) kernel=[2,2]").spread == Spread::kMap);
}

TEST_CASE("all cores may share an op's tiles, but for convolutions over volumes") {
  const Chip two = mini_chip({{"array.cores", "2"}});
  CHECK(form_of_last("x = Input f16[4,8]\ny = Relu(x)", two).cores == 2);
  CHECK(form_of_last("x = Input f16[1,2,4,4,4]\nw = Weight f16[4,2,3,3,3]\n"
                     "y = Conv(x, w) pads=[1,1,1,1,1,1]",
                     two)
            .cores == 1);
}

TEST_CASE("quotients and roots of 16-bit tensors are computed in f32, exponentials in 16 bits") {
  const auto steps = [](const std::string& text) {
    const OpForm form = form_of_last(text);
    return steps_of(form, whole_tile(form));
  };
  const std::vector<PlacedStep> half = steps("x = Input f16[4,8]\ny = Reciprocal(x)");
  CHECK(units_of(half) ==
        std::vector<WorkUnit>{WorkUnit::kConvert, WorkUnit::kDivide, WorkUnit::kConvert});
  CHECK(half[1].type == DType::kF32);
  CHECK(units_of(steps("x = Input f32[4,8]\ny = Reciprocal(x)")) ==
        std::vector<WorkUnit>{WorkUnit::kDivide});
  // An error function that is 16 bits at all is computed in 16 bits.
  const std::vector<PlacedStep> error = steps("x = Input f16[4,8]\ny = Erf(x)");
  CHECK(units_of(error) == std::vector<WorkUnit>{WorkUnit::kErf});
  CHECK(error[0].type == DType::kF16);
  const std::vector<PlacedStep> power = steps("x = Input f16[4,8]\ny = Exp(x)");
  CHECK(units_of(power) == std::vector<WorkUnit>{WorkUnit::kExp});
  CHECK(power[0].type == DType::kF16);
}

TEST_CASE("instructions work on the widest type, matrix work on that of its operands") {
  const OpForm form = form_of_last("x = Input i8[4,8]\nw = Weight i8[8,4]\ny = MatMul(x, w)");
  CHECK(form.cube_type == DType::kI8);
  CHECK(steps_of(form, whole_tile(form)).front().type == DType::kI8);
  const WorkStep pass{.unit = WorkUnit::kArith};
  CHECK(step_type(DType::kF16, DType::kI8, {pass}, pass) == DType::kF16);
  // A step that states its type has it: sums of 8-bit integers are scaled in 32 bits.
  const OpForm transposed = form_of_last(
      "x = Input i8[1,4,4,4]\nw = Weight i8[4,4,2,2]\ny = ConvTranspose(x, w) strides=[2,2]");
  CHECK(steps_of(transposed, whole_tile(transposed)).back().step.unit == WorkUnit::kRequant);
  CHECK(steps_of(transposed, whole_tile(transposed)).back().type == DType::kI32);
}

TEST_CASE("a tile needs the operands' parts that the op says") {
  const OpForm form = form_of_last(
      "x = Input f16[1,4,8,8]\nw = Weight f16[4,4,3,3]\ny = Conv(x, w) pads=[1,1,1,1]");
  Region rows = whole(form.view.result().shape);
  rows[2] = {2, 4};
  const Tile tile = tile_of(form, rows);
  CHECK(tile.operands[0][2] == Range{1, 5});  // a row of halo on each side
  CHECK(tile.operands[1] == whole({4, 4, 3, 3}));
}

TEST_CASE("a mean of whole maps of 8 bits deals channels out in runs, one a lane") {
  const auto runs = [](const std::string& text) {
    const OpForm form = form_of_last(text);
    const TilePlacement placement = place(mini_chip(), form, whole_tile(form));
    return std::pair(placement.operands[0].runs, placement.results[0].runs);
  };
  const std::int64_t lanes = mini_chip().array.lanes;
  REQUIRE(lanes == 4);
  CHECK(runs("x = Input i8[1,16,7,7]\ny = AveragePool(x) kernel=[7,7]") == std::pair(lanes, lanes));
  // Channels that lanes cannot share evenly, windows, and 16 bits stay maps.
  CHECK(runs("x = Input i8[1,18,7,7]\ny = AveragePool(x) kernel=[7,7]").first == 18);
  CHECK(runs("x = Input i8[1,16,8,8]\ny = AveragePool(x) kernel=[7,7]").first == 16);
  CHECK(runs("x = Input f16[1,16,7,7]\ny = AveragePool(x) kernel=[7,7]").first == 16);
}

TEST_CASE("a tile's tensors take whole vectors in every lane") {
  const OpForm form = form_of_last("x = Input f16[2,4,8,8]\ny = Relu(x)");
  const TilePlacement placement = place(mini_chip(), form, whole_tile(form));
  // 512 elements over 4 lanes, 2 bytes each.
  CHECK(placement.operands[0].bytes == 512 / 4 * 2);
  CHECK(placement.results[0].bytes == 512 / 4 * 2);
  CHECK(placement.scratch_bytes == 0);
}

}  // namespace
}  // namespace tpuscope::test
