// Addresses in local memory: banks of their own where they fit, whole vectors where they do not,
// and the bytes of every type of group.

#include "sim/cost/local_memory.h"

#include <array>

#include <doctest/doctest.h>

#include "sim/cost/layout.h"
#include "tests/support/mini_chip.h"

using namespace tpuscope;
using test::bm1684x;
using test::mini_chip;

TEST_CASE("buffers begin in banks of their own while there are enough") {
  // 4 banks of 256 bytes
  const Chip chip = mini_chip();
  const auto ranges = allocate(chip, std::array<std::int64_t, 3>{100, 300, 8});
  REQUIRE(ranges.has_value());
  CHECK((*ranges)[0].address == 0);
  CHECK((*ranges)[1].address == 256);
  CHECK((*ranges)[2].address == 768);  // behind 556, which is in bank 2
  const std::array<LocalRange, 2> operands{(*ranges)[0], (*ranges)[1]};
  CHECK(bank_conflicts(chip, (*ranges)[2], operands) == 0);
}

TEST_CASE("buffers that need more banks than there are follow each other on whole vectors") {
  // Five of them in 4 banks; vectors of 8 bytes.
  const Chip chip = mini_chip();
  const auto ranges = allocate(chip, std::array<std::int64_t, 5>{100, 100, 100, 100, 100});
  REQUIRE(ranges.has_value());
  for (std::size_t i = 0; i < ranges->size(); ++i)
    CHECK((*ranges)[i].address == i * 104);
  // 0, 104 and 208 lie in bank 0; an empty operand is in nobody's way.
  const std::array<LocalRange, 3> operands{(*ranges)[1], (*ranges)[3], LocalRange{208, 0}};
  CHECK(bank_conflicts(chip, (*ranges)[0], operands) == 1);
}

TEST_CASE("what fits is placed within the lane to its last byte, and nothing beyond it") {
  const Chip chip = mini_chip();
  CHECK(allocate(chip, std::array<std::int64_t, 2>{1000, 24}).has_value());
  CHECK(fits(chip, std::array<std::int64_t, 2>{1000, 24}));
  // 1001 ends in a vector that ends at 1008.
  CHECK_FALSE(allocate(chip, std::array<std::int64_t, 2>{1001, 24}).has_value());
  CHECK_FALSE(fits(chip, std::array<std::int64_t, 2>{1001, 24}));
}

TEST_CASE("bytes per lane follow n * ceil(c / lanes) * slot for every type of group") {
  const Chip chip = bm1684x();
  const auto bytes = [&](const Shape& shape, GroupType type, Alignment alignment) {
    return bytes_per_lane(chip, local_shape(chip, shape, type), DType::kF16, alignment);
  };
  const Shape video{2, 100, 3, 7, 5};
  // n 2, c 100 in 2 slots, h 3, w 35: 105 elements, 210 bytes, aligned 256
  CHECK(bytes(video, GroupType::kNormal, Alignment::kAligned) == 2 * 2 * 256);
  CHECK(bytes(video, GroupType::kNormal, Alignment::kCompact) == 2 * 2 * 210);
  CHECK(bytes(video, GroupType::kMatMul, Alignment::kAligned) == 2 * 2 * 256);
  // n 2 * 3, c 100, h 7, w 5: 35 elements, 70 bytes, aligned 128
  CHECK(bytes(video, GroupType::k3d, Alignment::kAligned) == 6 * 2 * 128);
  CHECK(bytes(video, GroupType::k3d, Alignment::kCompact) == 6 * 2 * 70);
  // The outer axes joined are 2 * 100 * 3, c 7, h 5: 10 bytes, aligned 64
  CHECK(bytes(video, GroupType::kSmallC, Alignment::kAligned) == 600 * 64);
  // 2 * 100 * 3 * 32 is a multiple of the lanes: all of it on lanes
  CHECK(bytes({2, 100, 3, 32, 5}, GroupType::kSmallC, Alignment::kAligned) == 300 * 64);
  CHECK(local_shape(chip, {9, 5, 4}, GroupType::kSmallC) == LocalShape{1, 45, 4, 1});
  CHECK(local_shape(chip, {9, 5}, GroupType::kSmallC) == LocalShape{1, 9, 5, 1});
  CHECK(local_shape(chip, {9}, GroupType::kSmallC) == LocalShape{1, 1, 9, 1});
}
