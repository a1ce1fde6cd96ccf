// Closed forms of single transfers, each with its arithmetic.

#include "sim/cost/cost.h"

#include <cmath>

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::bm1684x;
using test::mini_chip;

namespace {

Transfer load_cost(std::int64_t count, std::int64_t bytes, std::int64_t alignment = 64) {
  return {.direction = Direction::kDdrToLocal,
          .source = {.count = count, .bytes = bytes, .alignment = alignment},
          .element_bytes = 2};
}

}  // namespace

TEST_CASE("a contiguous load costs start-up and bytes at the direction's bandwidth") {
  const GdmaCost cost = gdma_cost(mini_chip(), load_cost(1, 800));
  CHECK(cost.cost.total().value == 10 + 800 / 8);
  CHECK(cost.cost.initial.value == 10);
  CHECK(cost.ddr_read.value == 800);
  CHECK(cost.ddr_write.value == 0);
}

TEST_CASE("runs beyond those under way cost their time, unaligned ones further granules") {
  CHECK(gdma_cost(mini_chip(), load_cost(50, 4)).cost.total().value == 10 + 49 * 2);
  const GdmaCost split = gdma_cost(mini_chip(), load_cost(10, 4, 2));
  CHECK(split.bytes.value == 40);
  CHECK(split.ddr_read.value == 10 * 6);  // every second run of 4 bytes touches two granules of 4
}

TEST_CASE("effective bandwidth on BM1684X falls with the length of runs") {
  const Chip chip = bm1684x();
  const auto cycles = [&](std::int64_t count, std::int64_t bytes) {
    return gdma_cost(chip, load_cost(count, bytes)).cost.total().value;
  };
  // 155 and a ramp of 165; a cycle for each of up to 32 runs; 1 MiB at 57.9 bytes a cycle
  CHECK(cycles(1, 1 << 20) == std::llround(155 + 165 + 1 + (1 << 20) / 57.9));
  CHECK(cycles(1024, 1024) == std::llround(155 + 165 + 32 + (1 << 20) / 57.9));
  CHECK(cycles(8192, 128) == std::llround(155 + 165 + 32 + (8192 - 32) * 3.7));
  CHECK(cycles(65536, 16) == std::llround(155 + 165 + 32 + (65536 - 32) * 3.7));
}

TEST_CASE("elements that lie apart are moved one by one") {
  // 10 rows of 4 elements of 2 bytes, 4 bytes apart: 14 bytes from the first to the last, which
  // touch 4 granules of 4.
  const Runs near = runs_of({{10, 400}, {4, 2}}, 0, 2);
  CHECK(near.count == 40);
  CHECK(near.row == 4);
  CHECK(near.row_bytes() == 3 * 4 + 2);
  const Transfer rows{.direction = Direction::kDdrToLocal, .source = near, .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), rows).ddr_read.value == 10 * 4 * 4);
  CHECK(gdma_cost(mini_chip(), rows).cost.total().value == 9 + 40 * 4);
  const Runs far = runs_of({{10, 400}, {4, 65}}, 0, 2);  // 130 bytes apart
  CHECK(far.row == 1);
  const Transfer single{.direction = Direction::kDdrToLocal, .source = far, .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), single).ddr_read.value == 40 * 4);
}

TEST_CASE(
    "pieces of local memory count as runs of DDR do, and neighbours in other lanes as elements") {
  Transfer store{.direction = Direction::kLocalToDdr,
                 .destination = {.count = 1, .bytes = 400, .alignment = 64},
                 .element_bytes = 2};
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 400 / 4);
  store.local_runs = 80;
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 79 * 2);
  store.is_apart = true;
  CHECK(gdma_cost(mini_chip(), store).cost.total().value == 10 + 400 / 2 * 4);
}

TEST_CASE("rows that an index picks cost a time each, and the index its bytes") {
  const Runs rows{.count = 100, .bytes = 4, .alignment = 4};
  const GdmaCost cost = gather_cost(mini_chip(), rows, 400);
  CHECK(cost.cost.total().value == 10 + 800 / 2);  // longer than 100 rows of 2 cycles
  CHECK(cost.ddr_read.value == 800);
  CHECK(cost.ddr_write.value == 400);
  CHECK(gather_cost(bm1684x(), rows, 400).cost.total().value == 140 + 100 * 40);
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
  const Chip half = bm1684x({{"ddr.peak_gbps", "34.13"}, {"clock.dma_mhz", "1000"}});
  const Chip twice = bm1684x({{"ddr.peak_gbps", "136.52"}, {"clock.dma_mhz", "1000"}});
  CHECK(bytes_per_cycle(half, Direction::kDdrToLocal) == doctest::Approx(34.13 * 0.85));
  CHECK(bytes_per_cycle(twice, Direction::kDdrToLocal) == 57.9);
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
