// Tiles of the vendor's kernels for whole tensors: sizes read off streams of BM1684X.

#include "passes/tiling/kernel_tiling.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "passes/tiling/op_signature.h"
#include "tests/support/ops.h"

namespace tpuscope::test {
namespace {

/// TileSizes of result 0 in each tile of the last op, in order; one number where it is not cut,
/// none where its kernel is not known.
std::vector<std::int64_t> tile_elements(std::string_view text) {
  const Graph graph = testing::graph_of(text);
  const Chip chip = load_chip("bm1684x").value();
  const OpId op = testing::last_op(graph);
  const OpForm form = form_of(chip, *graph[op].def, graph.view(op));
  const auto loops = kernel_loops(chip, form, operand_kinds(graph, op));
  if (!loops) return {};
  std::vector<std::int64_t> elements;
  for (const Region& tile : tiles_of(form, *loops))
    elements.push_back(elements_of(tile));
  return elements;
}

using TileSizes = std::vector<std::int64_t>;

TEST_CASE("a cast takes whole rows of 512 elements per lane, and the rest by itself") {
  constexpr std::int64_t kRow = 64 * 512;
  // 64 x 56 x 56 = 6 rows and 4096: two tiles of up to ceil(7 / 2) rows.
  CHECK(tile_elements("x = Input f32[1,64,56,56]\ny = Cast(x) to=\"f16\"") ==
        TileSizes{4 * kRow, 2 * kRow, 4096});
  // 200 rows, of which 4 banks hold 32 in f32: ceil(200 / 32) = 7 tiles of ceil(200 / 7).
  CHECK(tile_elements("x = Input f32[1,64,320,320]\ny = Cast(x) to=\"f16\"") ==
        TileSizes{29 * kRow, 29 * kRow, 29 * kRow, 29 * kRow, 29 * kRow, 29 * kRow, 26 * kRow});
  CHECK(tile_elements("x = Input f32[1,1000]\ny = Cast(x) to=\"f16\"") == TileSizes{1000});
}

TEST_CASE("a function takes rows of 256 elements per lane, a bank of them at most") {
  constexpr std::int64_t kRow = 64 * 256;
  CHECK(tile_elements("x = Input f32[1,64,56,56]\ny = Silu(x)") ==
        TileSizes{7 * kRow, 5 * kRow, 4096});
  // A bank of 16 KiB holds 16 rows of f32: 100 rows are 7 tiles of 15.
  const TileSizes tiles = tile_elements("x = Input f32[1,64,160,160]\ny = Silu(x)");
  CHECK(tiles ==
        TileSizes{15 * kRow, 15 * kRow, 15 * kRow, 15 * kRow, 15 * kRow, 15 * kRow, 10 * kRow});
}

TEST_CASE(
    "a sum of equal shapes has two banks for each operand, a product by a constant long rows") {
  constexpr std::int64_t kRow = 64 * 256;
  CHECK(tile_elements("x = Input f16[1,32,160,160]\nz = Input f16[1,32,160,160]\ny = Add(x, z)") ==
        TileSizes{25 * kRow, 25 * kRow});
  CHECK(tile_elements("x = Input f16[4,49,12,32]\nc = Weight f16[] {2}\ny = Mul(x, c)") ==
        TileSizes{65535, 4 * 49 * 12 * 32 - 65535});
}

TEST_CASE("a 16-bit convolution streams filters of 64 channels beside an input that fits whole") {
  const TileSizes tiles =
      tile_elements("x = Input f16[1,128,40,40]\nw = Weight f16[256,128,1,1]\ny = Conv(x, w)");
  CHECK(tiles == TileSizes{64 * 1600, 64 * 1600, 64 * 1600, 64 * 1600});
}

TEST_CASE(
    "a 16-bit convolution whose maps do not fit twice keeps its filters and cuts rows evenly") {
  // Twice ceil(51200 / 16384) banks for the input and the result each are more than there are.
  CHECK(tile_elements("x = Input f16[1,64,160,160]\nw = Weight f16[64,64,1,1]\ny = Conv(x, w)") ==
        TileSizes{64 * 80 * 160, 64 * 80 * 160});
  // 368 rows in 6 tiles: the first two have one more.
  CHECK(tile_elements("x = Input f16[1,64,368,368]\nw = Weight f16[64,64,3,3]\n"
                      "y = Conv(x, w) pads=[1,1,1,1]") == TileSizes{64 * 62 * 368, 64 * 62 * 368,
                                                                    64 * 61 * 368, 64 * 61 * 368,
                                                                    64 * 61 * 368, 64 * 61 * 368});
}

TEST_CASE("an 8-bit convolution takes all channels where its sums of 32 bits leave room") {
  CHECK(tile_elements("x = Input i8[1,128,80,80]\nw = Weight i8[128,128,3,3]\n"
                      "y = Conv(x, w) pads=[1,1,1,1]") == TileSizes{128 * 80 * 80});
  CHECK(tile_elements("x = Input i8[1,512,46,46]\nw = Weight i8[512,512,3,3]\n"
                      "y = Conv(x, w) pads=[1,1,1,1]") == TileSizes{256 * 46 * 46, 256 * 46 * 46});
}

TEST_CASE("LeakyRelu takes banks of all lanes, then vectors, then the rest, as PP-YOLOv3 has it") {
  constexpr std::int64_t kBank = 64 * 16384;  // bytes
  const auto tiles = [](std::int64_t channels, std::int64_t side, std::string_view type) {
    return tile_elements(fmt::format("x = Input {0}[1,{1},{2},{2}]\ny = LeakyRelu(x) alpha=0.1",
                                     type, channels, side));
  };
  CHECK(tiles(32, 608, "i8") == TileSizes{4 * kBank, 4 * kBank, 3 * kBank, 294912});
  CHECK(tiles(64, 152, "i8") == TileSizes{kBank, 430080});
  CHECK(tiles(512, 19, "i8") == TileSizes{184320, 512});
  CHECK(tiles(64, 40, "i8") == TileSizes{102400});
  CHECK(tiles(64, 304, "f16") == TileSizes{2 * kBank, 2 * kBank, 3 * kBank / 2, 147456});
  CHECK(tiles(1, 5, "f16") == TileSizes{25});
}

TEST_CASE("a product of f32 is cut in rows, and in columns that all lanes hold") {
  CHECK(tile_elements("x = Input f32[784,96]\nw = Weight f32[96,192]\ny = MatMul(x, w)") ==
        TileSizes{392 * 192, 392 * 192});
  CHECK(tile_elements("x = Input f32[256,768]\nw = Weight f32[768,3072]\ny = MatMul(x, w)") ==
        TileSizes{256 * 2048, 256 * 1024});
  // Matrices of a batch come one after the other.
  CHECK(tile_elements("x = Input f32[2,3,49,32]\nz = Input f32[2,3,32,49]\ny = MatMul(x, z)") ==
        TileSizes(6, 49 * 49));
}

TEST_CASE("a product of 8 bits takes one head at a time, one of 16 bits all") {
  const auto product = [](const std::string& type) {
    return "x = Input " + type + "[4,49,12,32]\nz = Input " + type +
           "[4,49,12,32]\ny = MatMul(x, z) hdim_is_batch=true right_transpose=true";
  };
  CHECK(tile_elements(product("i8")) == TileSizes(12, 4 * 49 * 49));
  CHECK(tile_elements(product("f16")) == TileSizes{4 * 49 * 12 * 49});
}

TEST_CASE("cores that share tiles have no such kernel") {
  const Graph graph = testing::graph_of("x = Input f16[65536]\ny = Relu(x)");
  const Chip chip = load_chip("bm1684x", {{"array.cores", "2"}}).value();
  const OpId op = testing::last_op(graph);
  const OpForm form = form_of(chip, *graph[op].def, graph.view(op));
  CHECK_FALSE(kernel_loops(chip, form, operand_kinds(graph, op)).has_value());
}

}  // namespace
}  // namespace tpuscope::test
