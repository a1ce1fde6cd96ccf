// Tiles of f32 products: as BM1684X's kernel cuts those of BERT, Swin-T, wenet and classifiers.

#include "passes/tiling/wide_product.h"

#include <array>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/support/ops.h"

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

/// The engines and kinds of a product's commands alone on BM1684X, in the order of issue: "load",
/// "store", "product".
std::vector<std::string> commands_of(std::string_view text) {
  const Graph graph = testing::graph_of(text);
  const Chip chip = load_chip("bm1684x").value();
  const Simulation run = testing::simulate_alone(graph, chip);
  std::vector<std::string> names;
  for (const Command& command : run.program.commands) {
    if (command.kind == CommandKind::kLoad || command.kind == CommandKind::kLoadWeight)
      names.emplace_back("load");
    if (command.kind == CommandKind::kStore) names.emplace_back("store");
    if (command.kind == CommandKind::kMatMul) names.emplace_back("product");
  }
  return names;
}

TEST_CASE("16 bits and other chips have other kernels") {
  CHECK_FALSE(tile_in(product(256, 768, 768, "f16"), "bm1684x"));
  CHECK_FALSE(tile_in(product(256, 768, 768), "bm1688"));
  CHECK_FALSE(tile_in(product(256, 768, 768), "bm1684"));
}

}  // namespace
}  // namespace tpuscope::test
