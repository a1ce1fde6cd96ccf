// Tiles of f32 products: as BM1684X's kernel cuts those of BERT, Swin-T, wenet and classifiers.

#include "passes/tiling/wide_product.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/ops.h"
#include "tests/support/simulation.h"

namespace tpuscope::test {
namespace {

/// Rows, columns, depth and columns in a lane of the first tile.
using TileExtents = std::array<std::int64_t, 4>;

std::optional<WideProductTile> tile_in(std::string_view text, std::string_view chip_name) {
  const Graph graph = testing::graph_of(text);
  const Chip chip = load_chip(std::string(chip_name)).value();
  const OpId op = testing::last_op(graph);
  return wide_product_tile(chip, form_of(chip, *graph[op].def, graph.view(op)));
}

std::string product(std::int64_t rows, std::int64_t depth, std::int64_t columns,
                    std::string_view type = "f32") {
  return fmt::format("x = Input {3}[1,{0},{1}]\nw = Weight {3}[{1},{2}]\ny = MatMul(x, w)", rows,
                     depth, columns, type);
}

TileExtents tile_of_product(std::int64_t rows, std::int64_t depth, std::int64_t columns) {
  const auto tile = tile_in(product(rows, depth, columns), "bm1684x");
  REQUIRE(tile);
  return {tile->rows, tile->columns, tile->depth, tile->lane_columns};
}

TEST_CASE("rows and depth are cut evenly where two banks do not hold them") {
  // 3136 rows of a vector each: two banks of 16 KiB hold 512 of 64 bytes, so 7 tiles of 448.
  CHECK(tile_of_product(3136, 96, 288) == TileExtents{448, 288, 96, 16});
  // 768 rows of the right operand: two pieces of 384.
  CHECK(tile_of_product(256, 768, 768) == TileExtents{256, 768, 384, 16});
  CHECK(tile_of_product(784, 768, 192) == TileExtents{392, 192, 384, 16});
  // Pieces fill vectors: 4864 / 10 are 487, hence 496.
  CHECK(tile_of_product(100, 4864, 256) == TileExtents{100, 256, 496, 16});
}

TEST_CASE("rows of the left operand stay for the whole sum") {
  // A row of 3072 elements is 3 vectors of 1024 over 64 lanes: 170 rows at most, two tiles of 128.
  CHECK(tile_of_product(256, 3072, 768) == TileExtents{128, 768, 256, 32});
  CHECK(tile_of_product(299, 4864, 256) == TileExtents{100, 256, 496, 16});
}

TEST_CASE("few rows take more columns in a lane, so that loads keep up with products") {
  CHECK(tile_of_product(196, 384, 1536) == TileExtents{196, 1536, 192, 32});
  CHECK(tile_of_product(64, 512, 512) == TileExtents{64, 512, 256, 32});
  CHECK(tile_of_product(49, 768, 768) == TileExtents{49, 768, 160, 48});
  CHECK(tile_of_product(49, 768, 3072) == TileExtents{49, 3072, 128, 64});
  CHECK(tile_of_product(1, 2048, 1000) == TileExtents{1, 1000, 128, 64});
}

TEST_CASE("all lanes of the right operand are one tile") {
  CHECK(tile_of_product(256, 768, 3072) == TileExtents{256, 2048, 256, 32});
  CHECK(tile_of_product(299, 256, 4233) == TileExtents{150, 2048, 256, 32});
  // However wide the operand is, a tile has as many columns as all lanes do.
  CHECK(tile_of_product(197, 768, 3072) == TileExtents{197, 2048, 256, 32});
  CHECK(tile_of_product(512, 3584, 18944) == TileExtents{128, 3072, 160, 48});
}

TEST_CASE("16 bits and other chips have other kernels") {
  CHECK_FALSE(tile_in(product(256, 768, 768, "f16"), "bm1684x"));
  CHECK_FALSE(tile_in(product(256, 768, 768), "bm1688"));
  CHECK_FALSE(tile_in(product(256, 768, 768), "bm1684"));
}

/// Direction or kind and cycles of each command of the product alone, in the order of issue.
std::vector<std::pair<std::string, std::int64_t>> commands_of(std::string_view text) {
  const Simulation run = simulated(text, load_chip("bm1684x").value());
  std::vector<std::pair<std::string, std::int64_t>> found;
  for (const Command& command : run.program.commands) {
    const bool is_product = command.engine == Engine::kBdc;
    const bool is_load = command.direction == Direction::kDdrToLocal;
    found.emplace_back(is_product ? "product" : is_load ? "load" : "store", command.cost.total());
  }
  return found;
}

// Cycles as the compiled stream of Swin-T has them: 49 rows of 32 f32 are 2 pieces of 16 each, a
// start of 330 and 3.7 cycles for each of the 98 pieces beyond 32.
TEST_CASE("the matrices of a batch are dealt out to lanes and worked off one after the other") {
  const auto commands = commands_of(
      "q = Input f32[2,49,32]\nk = Input f32[2,49,32]\ny = MatMul(q, k) right_transpose=true");
  REQUIRE(commands.size() == 8);
  for (std::size_t i = 0; i < commands.size(); i += 4) {
    CHECK(commands[i] == std::pair<std::string, std::int64_t>("load", 574));
    // Each of 49 x 32 elements is written by itself: 330 + 1568 * 0.94.
    CHECK(commands[i + 1] == std::pair<std::string, std::int64_t>("load", 1804));
    CHECK(commands[i + 2].first == "product");
    // 49 rows of 4 pieces: 330 + (196 - 32) * 2.75.
    CHECK(commands[i + 3] == std::pair<std::string, std::int64_t>("store", 781));
  }
}

TEST_CASE("tiles of one matrix overlap, and each comes with the bias") {
  const auto commands = commands_of(
      "x = Input f32[1,3136,384]\nw = Weight f32[384,96]\nb = Weight f32[96]\n"
      "y = MatMul(x, w, b)");
  std::string order;
  for (const auto& [name, cycles] : commands)
    order += name[0];
  // 7 tiles of 448 rows: rows, columns and bias; then rows and bias of the next before the product.
  CHECK(order.starts_with("lllllps"));
  CHECK(std::count(order.begin(), order.end(), 'l') == 1 + 7 * 2);
  CHECK(std::count(order.begin(), order.end(), 'p') == 7);
}

TEST_CASE("16 bits are moved as tensors: nothing is dealt out, and batches overlap") {
  const auto commands = commands_of(
      "q = Input f16[2,49,32]\nk = Input f16[2,49,32]\ny = MatMul(q, k) right_transpose=true");
  std::string order;
  for (const auto& [name, cycles] : commands)
    order += name[0];
  // What the second matrix needs arrives before the result of the first leaves.
  CHECK(order.rfind('l') < order.find('s'));
}

}  // namespace
}  // namespace tpuscope::test
