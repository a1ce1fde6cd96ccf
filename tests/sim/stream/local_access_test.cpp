// What commands touch in local memory: blocks by the fields of commands, and their bytes.

#include "sim/stream/local_access.h"

#include <doctest/doctest.h>

#include "tests/support/bmodel_examples.h"

namespace tpuscope::test {
namespace {

std::vector<LocalBlock> blocks_in(const std::string& bytes, Engine engine,
                                  InstructionSet set = InstructionSet::kBm1684x) {
  const auto commands = decode_stream(set, engine, bytes, "s");
  REQUIRE(commands.ok());
  LocalAccessReader reader(set);
  std::vector<LocalBlock> blocks;
  for (const HardwareCommand& command : *commands)
    CHECK(reader.append(command, engine, blocks));
  return blocks;
}

TEST_CASE("a convolution reads its input and padded filters and writes whole vectors") {
  const std::vector<LocalBlock> blocks = blocks_in(convolution(1, 0), Engine::kBdc);
  REQUIRE(blocks.size() == 3);
  CHECK(!blocks[0].is_written);
  CHECK(blocks[0].extents == std::array<std::uint32_t, 4>{1, 8, 4, 4});
  // A filter of 8 channels is padded to the 64 that the cube sums up at once.
  CHECK(blocks[1].address == 0x1000);
  CHECK(blocks[1].extents == std::array<std::uint32_t, 4>{1, 8, 1, 64});
  CHECK(blocks[2].is_written);
  CHECK(blocks[2].address == 0x2000);
  // Rows of 4 x 4 bytes: the next pass over the lanes begins on the next vector.
  CHECK(blocks[2].strides == std::array<std::uint32_t, 4>{64, 64, 4, 1});
}

TEST_CASE("a load writes where its strides say, a store reads there") {
  const std::string load = tensor_transfer(1, 0, 0x100000000, 0x8001000);
  const std::vector<LocalBlock> loaded = blocks_in(load, Engine::kGdma);
  REQUIRE(loaded.size() == 1);
  CHECK(loaded[0].is_written);
  CHECK(loaded[0].address == 0x1000);
  const LaneRanges ranges = ranges_of(loaded[0], local_geometry(InstructionSet::kBm1684x));
  REQUIRE(ranges.ranges.size() == 1);
  CHECK(ranges.ranges[0].mask == 0xFF);
  CHECK(ranges.ranges[0].begin == 0x1000);
  CHECK(ranges.ranges[0].end == 0x1010);
  const std::vector<LocalBlock> stored =
      blocks_in(tensor_transfer(1, 0, 0x8001000, 0x100000000), Engine::kGdma);
  REQUIRE(stored.size() == 1);
  CHECK(!stored[0].is_written);
  CHECK(blocks_in(tensor_transfer(1, 0, 0x100000000, 0x100001000), Engine::kGdma).empty());
}

TEST_CASE("channels go on in the next pass over the lanes") {
  const LocalGeometry geometry;
  // 70 channels of 8 bytes from lane 60 on: lanes 60 to 63, all of the next pass, two of the third.
  const LocalBlock block{.address = 0x100,
                         .lane = 60,
                         .bits = 8,
                         .extents = {1, 70, 1, 8},
                         .strides = {192, 64, 8, 1}};
  const LaneRanges ranges = ranges_of(block, geometry);
  REQUIRE(ranges.ranges.size() == 3);
  CHECK(ranges.ranges[0].mask == std::uint64_t{0xF} << 60U);
  CHECK(ranges.ranges[1].mask == ~std::uint64_t{0});
  CHECK(ranges.ranges[1].begin == 0x140);
  CHECK(ranges.ranges[2].mask == 0x3);
  CHECK(ranges.ranges[2].end == 0x188);
  const LaneRange hull = hull_of(block, geometry);
  CHECK(hull.mask == ~std::uint64_t{0});
  CHECK(hull.begin == 0x100);
  CHECK(hull.end == 0x188);
}

TEST_CASE("every second element is a range of its own, rows without a gap are one") {
  const LocalGeometry geometry;
  LocalBlock block{.bits = 16, .extents = {1, 1, 2, 3}, .strides = {0, 0, 8, 2}};
  CHECK(ranges_of(block, geometry).ranges.size() == 6);
  block.strides = {0, 0, 3, 1};
  CHECK(ranges_of(block, geometry).ranges.size() == 1);
  block.extents = {1, 1, 0, 3};
  CHECK(ranges_of(block, geometry).ranges.empty());
}

TEST_CASE("more pieces than can be told apart are taken whole") {
  const LocalBlock block{.bits = 8, .extents = {1, 1, 200, 200}, .strides = {0, 0, 500, 2}};
  const LaneRanges ranges = ranges_of(block, LocalGeometry{});
  CHECK(!ranges.is_exact);
  REQUIRE(ranges.ranges.size() == 1);
  CHECK(ranges.ranges[0].end == 199 * 500 + 199 * 2 + 1);
}

TEST_CASE("on BM1688 tables of requantisation lie where registers say") {
  const auto of_bm1688 = [](std::string_view form,
                            const std::vector<std::pair<std::string, std::uint64_t>>& fields) {
    return command_bytes(InstructionSet::kBm1688, form, fields);
  };
  const std::string registers = of_bm1688(
      "SYS_TR_ACC", {{"tsk_typ", 12}, {"reg_idx0", 6}, {"imm0", 0x300}, {"reg_idx1", 32}});
  const std::string conv = of_bm1688("sCONV", {{"cmd_short", 1},
                                               {"rq", 1},
                                               {"opd4_const", 1},
                                               {"opd1_const", 1},
                                               {"opd2_const", 1},
                                               {"opd3_const", 1},
                                               {"res0_n", 1},
                                               {"res0_c", 4},
                                               {"res0_h", 1},
                                               {"res0_w", 1},
                                               {"opd0_c", 4},
                                               {"opd0_h", 1},
                                               {"opd0_w", 1}});
  const auto blocks = blocks_in(registers + conv, Engine::kBdc, InstructionSet::kBm1688);
  REQUIRE(blocks.size() == 3);
  CHECK(blocks[1].address == 0x300);  // a multiplier and a shift for each channel
  CHECK(blocks[1].bits == 32);
  CHECK(blocks[1].extents == std::array<std::uint32_t, 4>{1, 4, 1, 2});
}

}  // namespace
}  // namespace tpuscope::test
