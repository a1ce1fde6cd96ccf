// Closed forms of single commands, each with its arithmetic.

#include "sim/cost/cost.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::bm1684x;
using test::mini_chip;

namespace {

BdcCost one(const Chip& chip, const WorkStep& step, DType type) {
  const std::vector<BdcCost> costs = bdc_costs(chip, step, type);
  REQUIRE(costs.size() == 1);
  return costs[0];
}

Transfer load_cost(std::int64_t count, std::int64_t bytes, std::int64_t alignment = 64) {
  return {.direction = Direction::kDdrToLocal,
          .source = {.count = count, .bytes = bytes, .alignment = alignment},
          .element_bytes = 2};
}

}  // namespace

TEST_CASE("a convolution costs start-up, then taps x channels for each set of lanes and columns") {
  const WorkStep step{.unit = WorkUnit::kConv, .c = 5, .h = 3, .w = 1, .reduce = 3, .kernel = 9};
  const BdcCost cost = one(mini_chip(), step, DType::kF16);
  // 5 channels on 4 lanes: 2; 3 pixels in 2 columns: 2; 9 taps of ceil(3 / 2) channels: 18
  CHECK(cost.cost.initial.value == 5);
  CHECK(cost.cost.total().value == 5 + 2 * 2 * 18);
  // 405 multiply-accumulates at 4 * 2 * 2 = 16 a cycle
  CHECK(cost.cost.useful.value == 25);
  CHECK(cost.useful_ops == 2 * 405);
  CHECK(cost.issued_ops == 2 * 72 * 16);
}

TEST_CASE("a bank conflict adds a cycle per iteration, separately from padding") {
  const WorkStep step{.unit = WorkUnit::kConv, .c = 5, .h = 3, .w = 1, .reduce = 3, .kernel = 9};
  const Chip chip = mini_chip();
  const BdcCost cost = bdc_costs(chip, step, DType::kF16, Alignment::kAligned, 1)[0];
  CHECK(cost.cost.conflict.value == 2 * 2);
  CHECK(cost.cost.total().value == one(chip, step, DType::kF16).cost.total().value + 4);
}

TEST_CASE("taps share the channel axis of the cube for few input channels, and only for few") {
  const Chip chip = bm1684x({{"cube.fold_channels", "4"}, {"cube.f16_rate", "0.95"}});
  const WorkStep stem{
      .unit = WorkUnit::kConv, .c = 64, .h = 112, .w = 112, .reduce = 3, .kernel = 49};
  // 112 * 112 / 4 positions of ceil(147 / 32) = 5 instead of 49 cycles, at 0.95 of the peak
  CHECK(one(chip, stem, DType::kF16).cost.total().value ==
        23 + 16506);  // 3136 * 5 / 0.95 = 16505.3
  WorkStep wide = stem;
  wide.reduce = 5;
  CHECK(one(chip, wide, DType::kF16).cost.total().value > 23 + 3136 * 49);
}

TEST_CASE("a 3x3 convolution of 128 channels reaches 85 % of the f16 and i8 peak") {
  const Chip chip = bm1684x();
  const WorkStep step{
      .unit = WorkUnit::kConv, .c = 128, .h = 46, .w = 46, .reduce = 128, .kernel = 9};
  for (const DType type : {DType::kF16, DType::kI8}) {
    const BdcCost cost = one(chip, step, type);
    const double ideal =
        static_cast<double>(step.macs()) / static_cast<double>(peak_macs_per_cycle(chip, type));
    CHECK(ideal / static_cast<double>(cost.cost.total().value) > 0.85);
    CHECK(ideal / static_cast<double>(cost.cost.total().value) < 1.0);
  }
}

TEST_CASE("one row of a matrix product lies on columns, so that results fill the lanes") {
  const Chip chip = bm1684x({{"cube.f16_rate", "1"}});
  const WorkStep row{.unit = WorkUnit::kMatMul, .c = 1, .w = 4096, .reduce = 4096};
  CHECK(one(chip, row, DType::kF16).cost.total().value == 81 + 64 * 1 * 128);
  const WorkStep rows{.unit = WorkUnit::kMatMul, .c = 512, .w = 4096, .reduce = 4096};
  CHECK(one(chip, rows, DType::kF16).cost.total().value == 81 + 8 * 1024 * 128);
}

TEST_CASE("f32 products run row after row at the rate of f32 convolution") {
  const WorkStep step{.unit = WorkUnit::kMatMul, .n = 2, .c = 3, .w = 9, .reduce = 5};
  // 2 matrices of 3 rows, 5 deep, 9 columns on 4 * 2 multipliers: 2; the mini chip reaches half
  CHECK(one(mini_chip(), step, DType::kF32).cost.total().value == 2 * 6 + 2 * 3 * 5 * 2 * 2);
}

TEST_CASE("the exponential is eleven passes and seven terms in 16 bit, ten and ten in 32") {
  const Chip chip = bm1684x();
  const WorkStep step{.unit = WorkUnit::kExp, .c = 64, .h = 56, .w = 56};
  CHECK(bdc_costs(chip, step, DType::kF32).size() == 11);
  // 10 * (11 + V) + 14 + 9.5 V, V = 196
  CHECK(total_cycles(bdc_costs(chip, step, DType::kF32)).value == 124 + 3822);
  // 11 * (11 + V) + 14 + 6.5 V, V = 98
  CHECK(total_cycles(bdc_costs(chip, step, DType::kF16)).value == 135 + 1715);
}

TEST_CASE("a division takes its own factor, the reciprocal in the error function another") {
  const ChipOverrides slow{{"bdc.divide_factor", "40"}, {"bdc.reciprocal_factor", "2"}};
  const WorkStep divide{.unit = WorkUnit::kDivide, .c = 4, .w = 2};
  CHECK(one(mini_chip(slow), divide, DType::kF32).cost.total().value == 4 + 40);
  const WorkStep erf{.unit = WorkUnit::kErf, .c = 4, .w = 2};
  const std::int64_t plain = total_cycles(bdc_costs(mini_chip(), erf, DType::kF32)).value;
  // one reciprocal of one vector, 2 instead of 5 cycles
  CHECK(total_cycles(bdc_costs(mini_chip(slow), erf, DType::kF32)).value == plain - 3);
}

TEST_CASE("a tap with a weight takes the depthwise factor, a tap of pooling one cycle") {
  const Chip chip = mini_chip({{"bdc.depthwise_factor", "6"}});
  WorkStep step{.unit = WorkUnit::kDepthwise, .c = 4, .w = 2, .kernel = 9};
  CHECK(one(chip, step, DType::kF32).cost.total().value == 3 + 9);
  step.weighted = true;
  CHECK(one(chip, step, DType::kF32).cost.total().value == 3 + 9 * 6);
}

TEST_CASE("a look-up takes its cycles for every element of a lane") {
  const Chip chip = mini_chip({{"bdc.lookup_cycles", "3"}});
  const WorkStep step{.unit = WorkUnit::kLookup, .c = 4, .w = 10};
  CHECK(one(chip, step, DType::kI8).cost.total().value == 4 + 10 * 3);
}

TEST_CASE("parts of every instruction add up to its duration and none is negative") {
  const Chip chip = bm1684x();
  for (int unit = 0; unit <= static_cast<int>(WorkUnit::kSort); ++unit) {
    for (const std::int64_t extent : {1, 3, 64, 100}) {
      const auto work_unit = static_cast<WorkUnit>(unit);
      const WorkStep step{.unit = work_unit,
                          .n = 2,
                          .c = extent,
                          .h = 7,
                          .w = extent,
                          .reduce = 5,
                          .kernel = work_unit == WorkUnit::kMatMul ? 1 : 9};
      for (const BdcCost& cost : bdc_costs(chip, step, DType::kF16)) {
        CHECK(cost.cost.initial.value >= 0);
        CHECK(cost.cost.useful.value >= 0);
        CHECK(cost.cost.padding.value >= 0);
        CHECK(cost.useful_ops <= cost.issued_ops);
      }
    }
  }
}

TEST_CASE("a reduction folds whole vectors first when results are too few to fill the units") {
  const Chip chip = bm1684x();
  const WorkStep few{.unit = WorkUnit::kReduce, .c = 64, .kernel = 3200};
  // 100 vectors of 32, then the 32 units of the last: not 3200
  CHECK(one(chip, few, DType::kF16).cost.total().value == 10 + 10 + 100 + 32);
  const WorkStep many{.unit = WorkUnit::kReduce, .c = 64, .h = 32, .kernel = 9};
  CHECK(one(chip, many, DType::kF16).cost.total().value == 10 + 9);
}

TEST_CASE("a contiguous load costs start-up and bytes at the direction's bandwidth") {
  const GdmaCost cost = gdma_cost(mini_chip(), load_cost(1, 800));
  // 800 bytes at 8 a cycle; its 13 pages of 64 bytes need only 26 cycles of segments
  CHECK(cost.cost.total().value == 10 + 100);
  CHECK(cost.cost.initial.value == 10);
  CHECK(cost.ddr_read.value == 800);
  CHECK(cost.ddr_write.value == 0);
}

TEST_CASE("short runs cost a segment each, unaligned ones further granules") {
  CHECK(gdma_cost(mini_chip(), load_cost(50, 4)).cost.total().value == 10 + 50 * 2);
  const GdmaCost split = gdma_cost(mini_chip(), load_cost(10, 4, 2));
  CHECK(split.bytes.value == 40);
  CHECK(split.ddr_read.value == 10 * 6);  // every second run of 4 bytes touches two granules of 4
}

TEST_CASE("effective bandwidth on BM1684X falls with the length of runs") {
  const Chip chip = bm1684x({{"ddr.efficiency", "0.92"}, {"gdma.segment_cycles", "12"}});
  CHECK(gdma_cost(chip, load_cost(1, 1 << 20)).cost.total().value == 250 + 16832);
  CHECK(gdma_cost(chip, load_cost(1024, 1024)).cost.total().value == 250 + 16832);
  CHECK(gdma_cost(chip, load_cost(4096, 256)).cost.total().value ==
        250 + 4096 * 12);  // 12 cycles a run
  CHECK(gdma_cost(chip, load_cost(65536, 16)).cost.total().value == 250 + 65536 * 12);
}

TEST_CASE("elements that one instruction reaches by its stride share an address and granules") {
  // 10 rows of 4 elements of 2 bytes, 4 bytes apart: 14 bytes from the first to the last, which
  // touch 4 granules of 4.
  const Runs near = runs_of({{10, 400}, {4, 2}}, 0, 2);
  CHECK(near.count == 40);
  CHECK(near.row == 4);
  CHECK(near.row_bytes() == 3 * 4 + 2);
  const Transfer rows{.direction = Direction::kDdrToLocal, .source = near, .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), rows).ddr_read.value == 10 * 4 * 4);
  CHECK(gdma_cost(mini_chip(), rows).cost.total().value ==
        10 + 40 * 4);                                    // a quarter element a cycle
  const Runs far = runs_of({{10, 400}, {4, 65}}, 0, 2);  // 130 bytes apart
  CHECK(far.row == 1);
  const Transfer single{.direction = Direction::kDdrToLocal, .source = far, .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), single).ddr_read.value == 40 * 4);
}

TEST_CASE("what a transfer gathers out of local memory costs an address for each piece or block") {
  Transfer store{.direction = Direction::kLocalToDdr,
                 .destination = {.count = 1, .bytes = 400, .alignment = 64},
                 .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 400 / 4);
  store.local_segments = 80;
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 80 * 2);
  store.local_segments = 1;
  store.transposes = true;  // blocks of 4 bytes
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 400 / 4 * 2);
}

TEST_CASE("a copy within DDR crosses the bus twice") {
  const Runs runs{.count = 1, .bytes = 640, .alignment = 64};
  const GdmaCost cost = gdma_cost(
      mini_chip(), {.direction = Direction::kDdrToDdr, .source = runs, .destination = runs});
  CHECK(cost.cost.total().value == 10 + 640 / 2);
  CHECK(cost.ddr_read.value == 640);
  CHECK(cost.ddr_write.value == 640);
}

TEST_CASE("less DDR bandwidth slows every direction, more than the ports take does not help") {
  const Chip half = bm1684x({{"ddr.peak_gbps", "34.13"}, {"ddr.efficiency", "0.92"}});
  const Chip twice = bm1684x({{"ddr.peak_gbps", "136.52"}, {"ddr.efficiency", "0.92"}});
  CHECK(bytes_per_cycle(half, Direction::kDdrToLocal) == doctest::Approx(34.13 * 0.92));
  CHECK(bytes_per_cycle(twice, Direction::kDdrToLocal) == 62.3);
}

TEST_CASE("runs collapse where strides continue, and only there") {
  const TensorType tensor{DType::kF16, {4, 6, 8}};
  const Runs all = runs_of(whole(tensor.shape), tensor);
  CHECK(all.count == 1);
  CHECK(all.bytes == 4 * 6 * 8 * 2);
  const Runs rows = runs_of({{0, 4}, {1, 3}, {0, 8}}, tensor);
  CHECK(rows.count == 4);
  CHECK(rows.bytes == 2 * 8 * 2);
  CHECK(rows.alignment == 16 * 2 / 2);  // begins at element 8, 48 elements apart: 16 bytes
  const Runs columns = runs_of({{0, 4}, {0, 6}, {0, 1}}, tensor);
  CHECK(columns.count == 24);
  CHECK(columns.bytes == 2);
}

TEST_CASE("a copy collapses only where both sides continue, and needs more transfers past 4 axes") {
  // [2, 3, 4] to [3, 2, 4]
  const StridedCopy permute{
      .extents = {3, 2, 4}, .operand_strides = {4, 12, 1}, .result_strides = {8, 4, 1}};
  const CopyRuns runs = runs_of(permute, 2);
  CHECK(runs.source.count == 6);
  CHECK(runs.source.bytes == 8);
  CHECK(runs.source.transfers == 1);
  const StridedCopy five{.extents = {3, 5, 3, 7, 32},
                         .operand_strides = {96, 2016, 32, 288, 1},
                         .result_strides = {3360, 672, 224, 32, 1}};
  CHECK(runs_of(five, 2).source.transfers > 1);
}

TEST_CASE("strides below zero take the same bytes from the other end, element by element") {
  // [4, 8] f16 with its rows in reverse order: 4 runs of 16 bytes, the lowest at offset 0.
  const StridedCopy rows{.extents = {4, 8},
                         .operand_strides = {-8, 1},
                         .result_strides = {8, 1},
                         .operand_offset = 24};
  const CopyRuns reversed = runs_of(rows, 2);
  CHECK(reversed.source.count == 4);
  CHECK(reversed.source.bytes == 16);
  CHECK(reversed.source.alignment == 16);
  CHECK(reversed.source.row_bytes() == 16);
  // Each row backward: elements of which one address reaches a row's 8.
  const StridedCopy row{
      .extents = {4, 8}, .operand_strides = {8, -1}, .result_strides = {8, 1}, .operand_offset = 7};
  const CopyRuns mirrored = runs_of(row, 2);
  CHECK(mirrored.source.count == 32);
  CHECK(mirrored.source.row == 8);
  CHECK(mirrored.source.row_bytes() == 16);
  // Backward on both sides is no other order.
  const StridedCopy both{.extents = {4, 8},
                         .operand_strides = {-8, -1},
                         .result_strides = {8, 1},
                         .operand_offset = 31};
  CHECK(runs_of(both, 2).source.row == 32);
  const auto cost_of = [](const CopyRuns& runs) {
    return gdma_cost(mini_chip(), {.direction = Direction::kDdrToDdr,
                                   .source = runs.source,
                                   .destination = runs.destination,
                                   .element_bytes = 2});
  };
  CHECK(cost_of(reversed).bytes.value == 64);
  CHECK(cost_of(reversed).ddr_read.value == 64);
  CHECK(cost_of(reversed).ddr_write.value == 64);
  // Rows of 16 bytes that begin at any element touch 4 or 5 granules of 4 bytes.
  CHECK(cost_of(mirrored).bytes.value == 64);
  CHECK(cost_of(mirrored).ddr_read.value == 4 * (4 * 4 + 5 * 4) / 2);
}

TEST_CASE("strides of zero repeat: one side alone has the data once, a copy reads it each time") {
  // A row of 8 elements written 3 times.
  const StridedCopy rows{.extents = {3, 8}, .operand_strides = {0, 1}, .result_strides = {8, 1}};
  const CopyRuns copied = runs_of(rows, 2);
  CHECK(copied.source.count == 3);
  CHECK(copied.source.bytes == 16);
  CHECK(copied.destination.total_bytes() == 48);
  CHECK(runs_of({{3, 0}, {8, 1}}, 0, 2).total_bytes() == 16);
  // Each of 8 elements written 3 times beside itself: one address for each, three cycles.
  const StridedCopy elements{
      .extents = {8, 3}, .operand_strides = {1, 0}, .result_strides = {3, 1}};
  const CopyRuns beside = runs_of(elements, 2);
  CHECK(beside.source.count == 24);
  CHECK(beside.source.row == 3);
  CHECK(beside.source.row_bytes() == 2);
}
