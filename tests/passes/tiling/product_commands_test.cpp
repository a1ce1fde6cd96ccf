// Commands of matrix products in the cube: which rows go at once, and heads that lie side by side.
// Expected numbers are of streams of the vendor's compiler (1.30.2).

#include <doctest/doctest.h>

#include "passes/tiling/cube_instructions.h"
#include "sim/chip/chip.h"

namespace tpuscope {
namespace {

struct Counts {
  std::int64_t products = 0;
  std::int64_t copies = 0;
  bool operator==(const Counts&) const = default;
};

Counts counts_of(const std::string& chip_name, DType type, const WorkStep& step,
                 bool in_group = true) {
  const Chip chip = *load_chip(chip_name);
  const PlacedStep placed{.step = step, .type = type, .in_group = in_group};
  Counts counts;
  for (const PlannedInstruction& each :
       product_commands(chip, placed, {step.n, step.c, step.h, step.w})) {
    const ComputeKind kind = each.fields.kind;
    if (kind == ComputeKind::kCubeMatMul || kind == ComputeKind::kCubeMatMulNT)
      counts.products += each.count;
    // The element that BM1688 copies before each product is no copy of a matrix.
    if (kind == ComputeKind::kCopy && each.fields.result[3] > 1) counts.copies += each.count;
  }
  return counts;
}

std::int64_t products_of(const std::string& chip, std::int64_t rows, std::int64_t inner,
                         std::int64_t columns) {
  return counts_of(
             chip, DType::kI8,
             {.unit = WorkUnit::kMatMul, .c = rows, .w = columns, .reduce = inner, .scaled = true})
      .products;
}

/// Queries times keys of `heads` heads of 32 channels in a window of 49 tokens, and the second
/// product, with the values.
WorkStep scores(std::int64_t windows, std::int64_t heads, bool scaled) {
  return {.unit = WorkUnit::kMatMul,
          .n = windows,
          .c = 49,
          .h = heads,
          .w = 49,
          .reduce = 32,
          .transposed = true,
          .scaled = scaled};
}
WorkStep sums(std::int64_t windows, std::int64_t heads, bool scaled) {
  return {.unit = WorkUnit::kMatMul,
          .n = windows,
          .c = 49,
          .h = heads,
          .w = 32,
          .reduce = 49,
          .scaled = scaled};
}

TEST_CASE("products of 8 bits with many weights in a lane go by sets of lanes") {
  // 200 rows are four sets of 64 lanes, seven of 32.
  CHECK(products_of("bm1684x", 200, 64, 800) == 1);
  CHECK(products_of("bm1684x", 200, 64, 804) == 4);
  CHECK(products_of("bm1684x", 200, 640, 80) == 1);
  CHECK(products_of("bm1684x", 200, 640, 84) == 4);
  CHECK(products_of("bm1684x", 1600, 64, 800) == 1);
  CHECK(products_of("bm1688", 200, 64, 200) == 1);
  CHECK(products_of("bm1688", 200, 64, 208) == 7);
  CHECK(products_of("bm1688", 200, 128, 100) == 1);
}

TEST_CASE("heads of 16 bits are copied where their matrices do not begin at a vector") {
  // Results of 49 columns are 98 bytes apart: all but the first head.
  CHECK(counts_of("bm1684x", DType::kF16, scores(64, 3, false)) == Counts{192, 64 * 2});
  CHECK(counts_of("bm1684x", DType::kF16, scores(4, 12, false)) == Counts{48, 4 * 11});
  // In the second product it is the left operand.
  CHECK(counts_of("bm1684x", DType::kF16, sums(16, 6, false)) == Counts{96, 16 * 5});
}

TEST_CASE("heads of 8 bits are scaled into a place of their own and copied from there") {
  // Operands of every other head begin in the middle of a vector of 64 bytes.
  CHECK(counts_of("bm1684x", DType::kI8, scores(64, 3, true)) == Counts{192, 64 * (3 + 2)});
  CHECK(counts_of("bm1684x", DType::kI8, scores(16, 6, true)) == Counts{96, 16 * (6 + 2 * 3)});
  CHECK(counts_of("bm1684x", DType::kI8, sums(4, 12, true)) == Counts{48, 4 * (12 + 11 + 6)});
  // On 32 lanes, 49 rows are in two sets, which are one behind the other in a copy alone.
  CHECK(counts_of("bm1688", DType::kI8, scores(64, 3, true)) == Counts{192, 64 * 3 * 3});
}

TEST_CASE("alone, heads of 16 bits are copied as in a group, those of 8 bits come one by one") {
  CHECK(counts_of("bm1684x", DType::kF16, scores(4, 12, false), false) == Counts{48, 4 * 11});
  CHECK(counts_of("bm1684x", DType::kF16, sums(4, 12, false), false) == Counts{48, 4 * 11});
  CHECK(counts_of("bm1684x", DType::kI8, scores(4, 1, true), false) == Counts{4, 0});
}

TEST_CASE("a matrix for each image is not copied") {
  CHECK(counts_of("bm1684x", DType::kF16, scores(64, 1, false)) == Counts{64, 0});
}

}  // namespace
}  // namespace tpuscope
