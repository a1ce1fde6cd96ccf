// Layouts in local memory, with the table that explains why layout passes pay.

#include "sim/cost/layout.h"

#include <doctest/doctest.h>

#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::bm1684x;

namespace {

struct LayoutRow {
  Shape shape{};
  std::int64_t bytes = 0;
  std::int64_t lanes = 0;
};

}  // namespace

TEST_CASE("attention tensors of 64 windows take the bytes and lanes of their layout") {
  const Chip chip = bm1684x();
  // Per lane: n * ceil(c / 64) * align(h * w * 2 bytes, 64 bytes).
  const std::vector<LayoutRow> rows{
      {{64, 3, 49, 49}, 64 * 4864, 3},  // scores by head: 304 KiB, more than there is
      {{64, 49, 3, 49}, 64 * 320, 49},  // scores by row: 20 KiB
      {{64, 49, 3, 32}, 64 * 192, 49},  // q, k or v: 12 KiB
      {{64, 49, 288}, 64 * 576, 49},    // q, k and v together: 36 KiB
  };
  for (const LayoutRow& row : rows) {
    const LocalShape local = local_shape(chip, row.shape, GroupType::kNormal);
    CHECK(bytes_per_lane(chip, local, DType::kF16) == row.bytes);
    CHECK(lanes_used(chip, local) == row.lanes);
  }
  CHECK(rows[0].bytes == 304 * 1024);
  CHECK(rows[0].bytes > chip.local_bytes_per_lane());
  CHECK(rows[1].bytes == 20 * 1024);
  CHECK(rows[2].bytes == 12 * 1024);
  CHECK(rows[3].bytes == 36 * 1024);
}

TEST_CASE("a slot of the aligned layout begins on a whole vector, of the compact one anywhere") {
  const Chip chip = bm1684x();
  const LocalShape shape{1, 65, 7, 7};  // 2 slots of 98 bytes
  CHECK(bytes_per_lane(chip, shape, DType::kF16, Alignment::kAligned) == 2 * 128);
  CHECK(bytes_per_lane(chip, shape, DType::kF16, Alignment::kCompact) == 2 * 98);
}

TEST_CASE("vectors count whole sets of lanes and whole execution units") {
  const Chip chip = bm1684x();
  CHECK(vectors(chip, {1, 64, 56, 56}, DType::kF32) == 196);       // 3136 / 16
  CHECK(vectors(chip, {2, 65, 1, 33}, DType::kF16) == 2 * 2 * 2);  // 33 needs 2 of 32
  CHECK(row_vectors(chip, {1, 64, 7, 7}, DType::kF16) == 7);       // each row anew
  CHECK(vectors(chip, {1, 64, 7, 7}, DType::kF16) == 2);           // 49 in one piece
}

TEST_CASE("a 3-D group joins d to n, a small-C group fills lanes from outer axes") {
  const Chip chip = bm1684x();
  CHECK(local_shape(chip, {2, 8, 3, 5, 7}, GroupType::k3d) == LocalShape{6, 8, 5, 7});
  CHECK(local_shape(chip, {2, 8, 3, 5}, GroupType::k3d) == LocalShape{2, 8, 3, 5});
  CHECK(local_shape(chip, {64, 3, 49, 49}, GroupType::kSmallC) ==
        LocalShape{64 * 3 * 49 / 64, 64, 49, 1});
  CHECK(local_shape(chip, {5, 3, 49, 49}, GroupType::kSmallC) == LocalShape{15, 49, 49, 1});
}
